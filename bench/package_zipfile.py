"""Python's zipfile on the other side of package-io: `check PACKAGE` reads all of one, `make FOLDER PACKAGE` writes one."""

import json
import os
import sys
import zipfile

verb, source = sys.argv[1:3]
if verb == "check":
    with zipfile.ZipFile(source) as archive:
        damaged = archive.testzip()
        print(json.dumps({"damaged": damaged, "files": {info.filename: info.file_size for info in archive.infolist()}}))
else:
    with zipfile.ZipFile(sys.argv[3], "w") as archive:
        for name in os.listdir(source):
            archive.write(os.path.join(source, name), name)
