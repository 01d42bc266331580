import { existsSync, readFileSync } from 'node:fs'

/** A part of the kernel that Berth uses. `without`: what does not work where it lacks, for people. */
export type Feature = { name: string; present: boolean; essential: boolean; without: string }

/** Looks at the running kernel, without changing it: what is a module that is not loaded yet counts as there if it can be. */
export function probeFeatures(): Feature[] {
  return [
    feature('overlay', hasFilesystem('overlay'), true, 'images cannot be mounted'),
    feature('seccomp', existsSync('/proc/sys/kernel/seccomp'), true, 'system calls of containers cannot be filtered'),
    feature('cgroups', existsSync('/proc/cgroups'), true, 'containers cannot be limited, nor killed as a whole'),
    feature('pid namespaces', existsSync('/proc/self/ns/pid'), true, 'containers cannot be told apart from the host'),
    feature('network namespaces', existsSync('/proc/self/ns/net'), true, 'containers have no network of their own'),
    feature(
      'nftables',
      existsSync('/proc/sys/net/netfilter') || canLoad('nf_tables'),
      false,
      'no ports can be published, and containers reach no other machine',
    ),
    feature('user namespaces', existsSync('/proc/self/ns/user'), false, 'containers share the users of the host'),
    feature('AppArmor', isAppArmorOn(), false, 'containers are confined without AppArmor profiles'),
  ]
}

/** One sentence for each that lacks, the essential ones first. */
export function describeMissing(features: Feature[]): string[] {
  return features
    .filter(({ present }) => !present)
    .sort((a, b) => Number(b.essential) - Number(a.essential))
    .map(({ name, without }) => `the kernel has no ${name}: ${without}`)
}

export const isAppArmorOn = (): boolean => read('/sys/module/apparmor/parameters/enabled').startsWith('Y')

const feature = (name: string, present: boolean, essential: boolean, without: string): Feature => ({
  name,
  present,
  essential,
  without,
})

const hasFilesystem = (name: string): boolean =>
  new RegExp(`\\t${name}$`, 'm').test(read('/proc/filesystems')) || canLoad(name)

const release = (): string => read('/proc/sys/kernel/osrelease').trim()
const canLoad = (name: string): boolean =>
  new RegExp(`/${name}\\.ko[^:]*:`, 'm').test(read(`/lib/modules/${release()}/modules.dep`))

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
