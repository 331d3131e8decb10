/** Codes of a database that is not there, or not yet: the network's, and PostgreSQL's own (class 08, 57P0x). */
const AWAY = /^(ECONNREFUSED|ECONNRESET|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH|EPIPE|08...|57P0.|53300)$/;

/** Whether an error says that the database cannot be reached now, as opposed to one that is misused or broken. */
export function isDatabaseAway(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.every(isDatabaseAway);
  if (!(error instanceof Error)) return false;
  if ('code' in error && typeof error.code === 'string')
    return AWAY.test(error.code) || isSocketMissing(error);
  return /timeout exceeded when trying to connect|Connection terminated/i.test(error.message);
}

/** The embedded database is reached by a socket file that is there only while it runs. */
function isSocketMissing(error: Error): boolean {
  return 'syscall' in error && error.syscall === 'connect';
}
