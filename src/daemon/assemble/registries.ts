import { DEFAULT_REGISTRY_SETTINGS, type RegistrySettings } from '../../engine/images/registry/settings.ts'
import { BUILD } from '../build.ts'
import type { DaemonSettings } from '../config/settings.ts'

export function registrySettings({ registries }: DaemonSettings): RegistrySettings {
  const { http, https, none } = registries.proxies
  return {
    ...DEFAULT_REGISTRY_SETTINGS,
    insecureRegistries: registries.insecure,
    mirrors: registries.mirrors,
    trustedRealms: Object.fromEntries(Object.entries(registries.trustedRealms).map(([name, host]) => [name, [host]])),
    proxies: { ...(http && { http }), ...(https && { https }), ...(none && { none }) },
    concurrentDownloads: registries.maxDownloads,
    concurrentUploads: registries.maxUploads,
    attempts: registries.maxAttempts,
    userAgent: `berth/${BUILD.version}`,
  }
}
