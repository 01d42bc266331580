import { defineFaults } from '../../base/faults.ts'
import type { OciPlatform } from '../engine-api/common.ts'

/** Platforms as containerd/platforms reads, normalises and matches them: `linux/amd64`, `linux/arm/v7`. */
export type Platform = Pick<OciPlatform, 'os' | 'architecture' | 'variant' | 'os.version'>

export const platformFaults = defineFaults('PLATFORM', {
  OS: {
    kind: 'invalid',
    message: (part: string, text: string) =>
      `${JSON.stringify(part)} is an invalid OS component of ${JSON.stringify(text)}: OSAndVersion specifier component must match "^([A-Za-z0-9_-]+)(?:\\\\(([A-Za-z0-9_.-]*)\\\\))?$": invalid argument`,
  },
  COMPONENT: {
    kind: 'invalid',
    message: (part: string, text: string) =>
      `${JSON.stringify(part)} is an invalid component of ${JSON.stringify(text)}: platform specifier component must match "^[A-Za-z0-9_-]+$": invalid argument`,
  },
  UNKNOWN: {
    kind: 'invalid',
    message: (text: string) => `${JSON.stringify(text)}: unknown operating system or architecture: invalid argument`,
  },
  PARTS: {
    kind: 'invalid',
    message: (text: string) => `${JSON.stringify(text)}: cannot parse platform specifier: invalid argument`,
  },
})

const COMPONENT = /^[A-Za-z0-9_-]+$/
/** Windows gives a version with the system: `windows(10.0.17763)/amd64`. */
const OS_COMPONENT = /^([A-Za-z0-9_-]+)(?:\(([A-Za-z0-9_.-]*)\))?$/
const KNOWN_OS = new Set(
  'aix android darwin dragonfly freebsd hurd illumos ios js linux nacl netbsd openbsd plan9 solaris windows zos'.split(
    ' ',
  ),
)
const KNOWN_ARCHITECTURES = new Set(
  (
    '386 amd64 amd64p32 arm armbe arm64 arm64be ppc64 ppc64le loong64 mips mipsle mips64 mips64le mips64p32 mips64p32le ' +
    'ppc riscv riscv64 s390 s390x sparc sparc64 wasm'
  ).split(' '),
)
const ARCHITECTURE_NAMES: Record<string, readonly [string, string?]> = {
  i386: ['386', ''],
  x86_64: ['amd64'],
  'x86-64': ['amd64'],
  aarch64: ['arm64'],
  armhf: ['arm', 'v7'],
  armel: ['arm', 'v6'],
}

/** Reads `os`, `architecture`, `os/architecture` or `os/architecture/variant`; what is missing is the host's. Throws platformFaults. */
export function parsePlatform(text: string): Platform {
  const [first = '', ...others] = text.split('/')
  const system = OS_COMPONENT.exec(first)
  if (!system) throw platformFaults.OS(first, text)
  for (const part of others) if (!COMPONENT.test(part)) throw platformFaults.COMPONENT(part, text)
  if (others.length > 2) throw platformFaults.PARTS(text)
  const [architecture, variant] = others
  if (architecture === undefined) return parseSingle(system[1] ?? '', text)
  const version = system[2]
  return normalizePlatform({
    os: system[1] ?? '',
    architecture,
    ...(variant && { variant }),
    ...(version && { 'os.version': version }),
  })
}

function parseSingle(part: string, text: string): Platform {
  const os = normalizeOs(part)
  if (KNOWN_OS.has(os)) return { ...hostPlatform(), os }
  const named = normalizePlatform({ os: hostPlatform().os, architecture: part })
  if (KNOWN_ARCHITECTURES.has(named.architecture)) return named
  throw platformFaults.UNKNOWN(text)
}

/** One spelling for each platform; arm64 without variant is v8's, so `v8` is dropped, as is amd64's v1; arm without variant is v7. */
export function normalizePlatform(platform: Platform): Platform {
  const lower = platform.architecture.toLowerCase()
  const [architecture, implied] = Object.hasOwn(ARCHITECTURE_NAMES, lower)
    ? (ARCHITECTURE_NAMES[lower] ?? [lower])
    : [lower]
  const variant = normalizeVariant(architecture, implied ?? (platform.variant ?? '').toLowerCase())
  const version = platform['os.version']
  return {
    os: normalizeOs(platform.os),
    architecture,
    ...(variant && { variant }),
    ...(version && { 'os.version': version }),
  }
}

export const formatPlatform = ({ os, architecture, variant }: Platform): string =>
  [os || 'unknown', architecture, variant].filter(Boolean).join('/')

/** The platform of this program's machine. */
export function hostPlatform(): Platform {
  const names: Record<string, string> = { x64: 'amd64', ia32: '386', arm64: 'arm64', ppc64: 'ppc64le' }
  return normalizePlatform({ os: process.platform, architecture: names[process.arch] ?? process.arch })
}

/** Whether an image for `offered` is exactly what was asked for. */
export function matchesPlatform(wanted: Platform, offered: Platform): boolean {
  const [a, b] = [normalizePlatform(wanted), normalizePlatform(offered)]
  return a.os === b.os && a.architecture === b.architecture && (a.variant ?? '') === (b.variant ?? '')
}

/**
 * How well `offered` serves `wanted`: 0 for an exact match, higher for an older variant or (arm64 → arm, amd64 → 386) an older
 * sibling that the machine also runs, undefined where it cannot run.
 */
export function platformDistance(wanted: Platform, offered: Platform): number | undefined {
  const order = compatible(normalizePlatform(wanted))
  const index = order.findIndex(candidate => matchesPlatform(candidate, offered))
  return index < 0 ? undefined : index
}

function compatible(wanted: Platform): Platform[] {
  const { os, architecture } = wanted
  const variants = (names: string[], of = architecture): Platform[] =>
    names.map(variant => normalizePlatform({ os, architecture: of, variant }))
  if (architecture === 'arm') return [wanted, ...variants(olderArm(wanted.variant ?? 'v7'))]
  if (architecture === 'arm64') return [wanted, ...variants(['v8']), ...variants(olderArm('v9').slice(1), 'arm')]
  if (architecture === 'amd64') return [wanted, ...variants(olderAmd64(wanted.variant)), { os, architecture: '386' }]
  return [wanted]
}

const olderArm = (variant: string): string[] => ['v8', 'v7', 'v6', 'v5'].filter(older => older < variant)
const olderAmd64 = (variant = 'v1'): string[] => ['v4', 'v3', 'v2', 'v1'].filter(older => older < variant)

function normalizeOs(os: string): string {
  const lower = os.toLowerCase() || 'linux'
  return lower === 'macos' ? 'darwin' : lower
}

function normalizeVariant(architecture: string, variant: string): string {
  if (architecture === 'arm64') return variant === '8' || variant === 'v8' ? '' : prefixed(variant)
  if (architecture === 'amd64') return variant === 'v1' ? '' : variant
  if (architecture === 'arm') return variant === '' ? 'v7' : prefixed(variant)
  return variant
}

const prefixed = (variant: string): string => (/^[5-9]$/.test(variant) ? `v${variant}` : variant)
