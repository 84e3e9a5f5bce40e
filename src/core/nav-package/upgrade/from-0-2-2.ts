import { type Tree, withCustomConfigs } from './tree.js'

/** Up to 0.2.2 a custom config has one `trt_profile`, from 0.2.3 on a list of them. */
export function trtProfileToProfiles(status: Tree): Tree {
  return withCustomConfigs(status, (name, custom) => {
    if (!('trt_profile' in custom)) return [name, custom]
    const { trt_profile: profile, ...rest } = custom
    return [name, profile == null ? rest : { ...rest, trt_profiles: [profile] }]
  })
}
