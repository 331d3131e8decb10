/** Whether a text is a mail server's address: `smtps://user:password@host:465` or `smtp://user:password@host:587`. */
export function isSmtpUrl(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && /^smtps?:$/.test(url.protocol) && url.hostname !== '';
}

/** The user of a mail server's address; empty where it names none. */
export const readSmtpUser = (smtpUrl: string): string => {
  try {
    return decodeURIComponent(URL.parse(smtpUrl)?.username ?? '');
  } catch {
    return '';
  }
};
