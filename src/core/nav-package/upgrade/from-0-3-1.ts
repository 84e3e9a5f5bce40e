import { type Tree, withCustomConfigs } from './tree.js'

/** The default of Navigator 0.14.0, with which it saves what Torch-TensorRT compiled. */
const PICKLE_PROTOCOL = 5

/** Up to 0.3.1 the custom config of Torch-TensorRT does not say how a model is pickled. */
export function torchTensorRtWithPickleProtocol(status: Tree): Tree {
  return withCustomConfigs(status, (name, custom) => [
    name,
    name === 'TorchTensorRT' && Object.keys(custom).length > 0
      ? { ...custom, pickle_protocol: PICKLE_PROTOCOL }
      : custom,
  ])
}
