/**
 * Whether a text is a mail server's address: `smtps://user:password@host:465` or `smtp://user:password@host:587`, its
 * user and password escaped as in every URL.
 */
export function isSmtpUrl(text: string): boolean {
  const url = URL.parse(text);
  if (url === null || !/^smtps?:$/.test(url.protocol) || url.hostname === '') return false;
  return readEscaped(url.username) !== null && readEscaped(url.password) !== null;
}

/** The user of a mail server's address; empty where it names none. */
export const readSmtpUser = (smtpUrl: string): string =>
  readEscaped(URL.parse(smtpUrl)?.username ?? '') ?? '';

function readEscaped(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}
