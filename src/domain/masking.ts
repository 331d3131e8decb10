/** An address of which only its first letter and its domain are shown: `m***@empresa.com`. */
export function maskEmail(email: string): string {
  const at = email.lastIndexOf('@');
  return at < 1 ? '***' : `${email.charAt(0)}***${email.slice(at)}`;
}

/** A phone of which only the last four digits are shown: `***5678`. */
export function maskPhone(phone: string): string {
  const digits = phone.replace(/\D/g, '');
  return digits.length < 8 ? '***' : `***${digits.slice(-4)}`;
}

/** A name of which only the first letters of its words are shown: `M*** S***`. */
export function maskName(name: string): string {
  const words = name.trim().split(/\s+/u);
  return words.map((word) => `${Array.from(word)[0] ?? ''}***`).join(' ');
}
