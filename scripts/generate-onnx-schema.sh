#!/bin/sh
# Makes src/core/onnx/generated/ again: onnx.proto as the onnx wheel carries it (Apache-2.0, its notice kept) and the
# TypeScript made from it. Needs python3 with pip, unzip, node and network; run it from the repository's root.
set -eu

ONNX=1.23.2
BUF=1.75.0
PROTOC_GEN_ES=2.17.0 # the same version as the dependency @bufbuild/protobuf

generated="$PWD/src/core/onnx/generated"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

python3 -m pip download --quiet --no-deps --only-binary :all: --dest "$work" "onnx==$ONNX"
mkdir "$work/proto" "$generated.new"
unzip -p "$work"/onnx-*.whl onnx/onnx.proto > "$work/proto/onnx.proto"

# erasable_syntax: enums as objects, since tsconfig.json has erasableSyntaxOnly.
cat > "$work/buf.gen.yaml" <<YAML
version: v2
inputs:
  - directory: proto
plugins:
  - local: protoc-gen-es
    out: generated
    opt: [target=ts, import_extension=js, erasable_syntax=true]
YAML
(
  cd "$work"
  npm exec --yes --package="@bufbuild/buf@$BUF" --package="@bufbuild/protoc-gen-es@$PROTOC_GEN_ES" -- buf generate
)

cp "$work/proto/onnx.proto" "$work/generated/onnx_pb.ts" "$generated.new/"
rm -rf "$generated"
mv "$generated.new" "$generated"
