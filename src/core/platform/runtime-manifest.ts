/** The embedded ONNX Runtime, made by `scripts/build-runtime-archive.ts`; CI compares it with the npm package. */
export const RUNTIME_VERSION = '1.30.0'

/** SHA-256 of every file in the archive for linux-x64. */
export const RUNTIME_FILES: ReadonlyMap<string, string> = new Map([
  ['libonnxruntime.so.1', 'ffb75a925ba05e47b235bb66e3e3911714a80b328a9c9425539feb204aa32a23'],
  ['onnxruntime_binding.node', 'ccdc60b981d93a490cf9513d3f583547252b6e285b72988a96a494f2f006c7b8'],
])
