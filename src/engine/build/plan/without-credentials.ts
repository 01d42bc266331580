/** Users and passwords in URLs are in no progress, history or cache [CVE-2023-26054, CVE-2025-0495]. */
export const withoutCredentials = (text: string): string =>
  text.replace(/\b([a-z][a-z0-9+.-]*:\/\/)[^\s/@:"']*(:[^\s/@"']*)?@/gi, (_, scheme, password) =>
    password === undefined ? `${scheme}xxxxx@` : `${scheme}xxxxx:xxxxx@`,
  )
