import { Client } from 'pg';

/** The address of another database on the tests' PostgreSQL server. */
export function buildDatabaseUrl(name: string): string {
  const url = new URL(readServerUrl());
  url.pathname = `/${name}`;
  return url.href;
}

/** Runs one statement on the tests' PostgreSQL server itself: databases are made and dropped there. */
export async function runOnServer(statement: string): Promise<void> {
  const client = new Client({ connectionString: readServerUrl() });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

function readServerUrl(): string {
  const url = process.env.TEST_DATABASE_URL;
  if (url === undefined || url === '')
    throw new Error('TEST_DATABASE_URL is not set: run the tests through vitest or npm test');
  return url;
}
