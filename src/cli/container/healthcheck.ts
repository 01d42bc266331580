import type { HealthConfig } from '../../formats/engine-api/common.ts'
import { HEALTH_ACTIONS, type HealthAction } from '../../formats/health-test/health-test.ts'
import type { CreateFlags } from './flags/create-flags.ts'

const NUMBERS = ['interval', 'timeout', 'retries', 'start-period', 'start-interval'] as const
const PROBES = ['cmd', 'http', 'tcp'] as const

/** What the --health-* flags make of the image's check; undefined: it stays as it is. */
export function healthcheckOf(flags: CreateFlags): HealthConfig | undefined {
  const isAsked = [...PROBES, 'on-failure' as const].some(name => flags[`health-${name}`] !== '')
  const hasSettings = isAsked || NUMBERS.some(name => flags[`health-${name}`] !== 0)
  if (flags['no-healthcheck']) {
    if (hasSettings) throw new Error('--no-healthcheck conflicts with --health-* options')
    return { Test: ['NONE'] }
  }
  for (const name of NUMBERS) if (flags[`health-${name}`] < 0) throw new Error(`--health-${name} cannot be negative`)
  if (!hasSettings) return undefined
  return { ...testOf(flags), ...timesOf(flags), ...actionOf(flags['health-on-failure']) }
}

const timesOf = (flags: CreateFlags): HealthConfig => ({
  Interval: flags['health-interval'],
  Timeout: flags['health-timeout'],
  StartPeriod: flags['health-start-period'],
  StartInterval: flags['health-start-interval'],
  Retries: flags['health-retries'],
})

function testOf(flags: CreateFlags): Pick<HealthConfig, 'Test'> {
  const given = PROBES.filter(name => flags[`health-${name}`] !== '')
  if (given.length > 1) throw new Error(`--health-${given[0]} conflicts with --health-${given[1]}`)
  switch (given[0]) {
    case 'cmd':
      return { Test: ['CMD-SHELL', flags['health-cmd']] }
    case 'http':
      return { Test: ['HTTP', httpAddress(flags['health-http'])] }
    case 'tcp':
      return { Test: ['TCP', placeOf(flags['health-tcp'])] }
    default:
      return {}
  }
}

/** `8080`, `8080/ready`, `:8080/ready`, `localhost:8080/ready` or the whole address. */
function httpAddress(text: string): string {
  if (text.startsWith('http://')) return text
  const at = text.search(/[/?]/)
  const [place, path] = at < 0 ? [text, '/'] : [text.slice(0, at), text.slice(at)]
  return `http://${placeOf(place)}${path}`
}

const placeOf = (text: string): string =>
  `localhost:${text}`.replace(/^localhost:(?=.*:)/, '').replace(/^:/, 'localhost:')

function actionOf(text: string): Pick<HealthConfig, 'OnFailure'> {
  if (text === '') return {}
  if (!(HEALTH_ACTIONS as readonly string[]).includes(text)) {
    throw new Error(`invalid argument "${text}" for --health-on-failure: must be one of ${HEALTH_ACTIONS.join(', ')}`)
  }
  return { OnFailure: text as HealthAction }
}
