import { bool, list, text } from '../formats/command-line/flag-types.ts'

/** The flags before the command. */
export const globalFlags = {
  config: text('Location of client config files', { shownDefault: '"~/.docker"', complete: 'files' }),
  context: text(
    'Name of the context to use to connect to the daemon (overrides BERTH_HOST and DOCKER_HOST env vars and default context set with "docker context use")',
    { short: 'c', complete: 'contexts' },
  ),
  debug: bool('Enable debug mode', { short: 'D' }),
  host: list('Daemon socket to connect to', { short: 'H' }),
  'log-level': text('Set the logging level ("debug", "info", "warn", "error", "fatal")', {
    short: 'l',
    default: 'info',
    complete: ['debug', 'info', 'warn', 'error', 'fatal'],
  }),
  tls: bool('Use TLS; implied by --tlsverify'),
  tlscacert: text('Trust certs signed only by this CA', { shownDefault: '"~/.docker/ca.pem"', complete: 'files' }),
  tlscert: text('Path to TLS certificate file', { shownDefault: '"~/.docker/cert.pem"', complete: 'files' }),
  tlskey: text('Path to TLS key file', { shownDefault: '"~/.docker/key.pem"', complete: 'files' }),
  tlsverify: bool('Use TLS and verify the remote'),
  version: bool('Print version information and quit', { short: 'v' }),
}

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'warning', 'error', 'fatal', 'panic']
