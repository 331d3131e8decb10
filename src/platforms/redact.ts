/** The network of an IP address, which tells whether one was sent, and not the address: `203.0.113.0/24`. */
export function redactAddress(ip: string): string {
  if (!ip.includes(':')) return `${ip.split('.').slice(0, 3).join('.')}.0/24`;
  const [head = ''] = ip.split('::');
  return `${head.split(':').slice(0, 3).join(':')}::/48`;
}

/** A person's name, e-mail or phone as it may be kept: its first character, so that its presence is seen. */
export function redactText(text: string): string {
  return text === '' ? '' : `${[...text][0]}…`;
}
