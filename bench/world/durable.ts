/** PostgreSQL as one runs it: every commit on the disk. */
export const DURABLE = { fsync: 'on', full_page_writes: 'on', shared_buffers: '512MB' };
