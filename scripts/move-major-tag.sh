#!/usr/bin/env bash
# Moves the tag that users name (v1) to a release (v1.2.3): only forward, and only when nobody else moved it meanwhile.
set -euo pipefail

release=${1:?usage: move-major-tag.sh v1.2.3}
[[ $release =~ ^(v[0-9]+)\.[0-9]+\.[0-9]+$ ]] || { echo "$release is no release such as v1.2.3" >&2; exit 1; }
major=${BASH_REMATCH[1]}
commit=$(git rev-parse --verify "refs/tags/$release^{commit}")
before=$(git ls-remote origin "refs/tags/$major" | cut -f1)
if [ -n "$before" ] && ! git merge-base --is-ancestor "$before" "$commit"; then
  echo "$major stays at $before: $release does not contain it" >&2
  exit 1
fi
git push --force-with-lease="refs/tags/$major:$before" origin "$commit:refs/tags/$major"
