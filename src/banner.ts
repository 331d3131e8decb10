import type { OwnerCredentials } from './settings/first-start.ts';

/** What the person at the terminal is told when the server is up. */
export interface Announcement {
  /** Null on a machine that serves nothing over HTTP. */
  readonly publicUrl: string | null;
  readonly database: 'postgres' | 'embedded';
  /** Only on the first start: the password is shown this once. */
  readonly owner: OwnerCredentials | null;
  /** Null in production, where there is no try-it page. */
  readonly tryUrl: string | null;
}

/** The lines for the terminal; plain text, also in a pipe. */
export function buildBanner(announcement: Announcement): string {
  const { publicUrl, owner, tryUrl } = announcement;
  const database = announcement.database === 'embedded' ? 'embedded (fine for a first day)' : 'PostgreSQL';
  const lines = ['', 'Rastro is running.', ''];
  if (publicUrl === null) lines.push('  Role         worker: nothing is served from here');
  else lines.push(`  Address      ${publicUrl}`, `  API          ${publicUrl}/api/docs`);
  lines.push(`  Database     ${database}`);
  if (tryUrl !== null) lines.push(`  Try it       ${tryUrl}`);
  lines.push('  API key      npm run rastro -- api-key create --name setup --scope admin');
  if (owner) {
    lines.push('', '  The owner of this installation (shown only now):');
    lines.push(`  E-mail       ${owner.email}`, `  Password     ${owner.password}`);
  }
  return `${lines.join('\n')}\n\n`;
}
