import { betterAuth } from 'better-auth';
import { getMigrations } from 'better-auth/db/migration';
import { PgBoss } from 'pg-boss';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type OpenTestDatabase, openTestDatabase } from '../support/database.ts';
import { waitFor } from '../support/wait-for.ts';

let database: OpenTestDatabase;

beforeAll(async () => {
  database = await openTestDatabase();
  await database.pool.query('drop schema public cascade; create schema public');
});
afterAll(async () => {
  await database.close();
});

describe('libraries that bring tables of their own', () => {
  it('pg-boss makes its schema, takes jobs, runs them and runs failed ones again', async () => {
    const boss = new PgBoss({
      db: { executeSql: (text, values) => database.pool.query(text, values) },
      schema: 'jobs',
      supervise: false,
    });
    boss.on('error', (error) => {
      throw error;
    });
    await boss.start();
    await boss.createQueue('letters');
    const done: unknown[] = [];
    let failures = 0;
    await boss.work('letters', { pollingIntervalSeconds: 0.5 }, async ([job]) => {
      failures += 1;
      if (failures === 1) throw new Error('the first time fails');
      done.push(job?.data);
    });
    await boss.send('letters', { to: 'somebody' }, { retryLimit: 2, retryDelay: 0 });
    await waitFor('the job', () => done.length === 1);
    expect(done).toEqual([{ to: 'somebody' }]);
    await boss.stop({ graceful: true });
  });

  it('better-auth makes its tables, signs people up and knows them again', async () => {
    const options = {
      database: database.pool,
      secret: 'a secret of thirty-two bytes or more',
      baseURL: 'http://localhost',
      emailAndPassword: { enabled: true },
    };
    const { runMigrations } = await getMigrations(options);
    await runMigrations();
    const auth = betterAuth(options);
    const body = { name: 'Ana', email: 'ana@example.org', password: 'long enough 1' };
    await auth.api.signUpEmail({ body });
    await expect(auth.api.signUpEmail({ body })).rejects.toThrow('exists');
    const { user } = await auth.api.signInEmail({ body });
    expect(user.email).toBe('ana@example.org');
    await expect(auth.api.signInEmail({ body: { ...body, password: 'wrong one 12' } })).rejects.toThrow(
      'password',
    );
  });
});
