/** API versions: `1.45` is older than `1.50`, `1.5` than `1.45`. */
const parts = (version: string): [number, number] => {
  const [major = '0', minor = '0'] = version.split('.')
  return [Number(major), Number(minor)]
}

export function compareVersions(left: string, right: string): number {
  const [a, b] = parts(left)
  const [c, d] = parts(right)
  return a - c || b - d
}

export const atLeast = (version: string, least: string): boolean => compareVersions(version, least) >= 0
export const older = (left: string, right: string): string => (compareVersions(left, right) <= 0 ? left : right)
export const newer = (left: string, right: string): string => (compareVersions(left, right) >= 0 ? left : right)
