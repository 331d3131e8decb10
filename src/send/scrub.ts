/** Shorter values are settings or ids; cutting them out of answers would only make these unreadable. */
const SHORTEST_SECRET = 6;

/** All text values of a destination's credentials, however deep, in the forms in which an answer may echo them. */
export function listSecrets(credentials: unknown): readonly string[] {
  if (typeof credentials === 'string') {
    const forms = [credentials, JSON.stringify(credentials).slice(1, -1), encodeURIComponent(credentials)];
    return credentials.length >= SHORTEST_SECRET ? [...new Set(forms)] : [];
  }
  if (typeof credentials !== 'object' || credentials === null) return [];
  return Object.values(credentials).flatMap(listSecrets);
}

/** A text without the secrets: platforms repeat a malformed token in their error message. */
export function scrub(text: string, secrets: readonly string[]): string {
  return secrets.reduce((scrubbed, secret) => scrubbed.replaceAll(secret, '[secret]'), text);
}
