import { afterAll, expect } from 'vitest';
import { type DatabaseHandle, openDatabase } from '../../src/io/database.ts';
import { startTestServer, TEST_API_KEY, type TestServer } from '../support/server.ts';

/** An answer of the API whose shape the test itself checks. */
export type Json = Record<string, unknown>;

/** The real server with one site, and its database beside it. */
export interface LeadsApi {
  readonly server: TestServer;
  readonly database: DatabaseHandle;
  readonly domainId: string;
  /** A key of scope `read`. */
  readonly readKey: string;
  ask(method: string, path: string, body?: unknown, key?: string): Promise<{ status: number; json: Json }>;
  importCsv(kind: string, csv: string, query?: string): Promise<{ status: number; json: Json }>;
  /** Makes a lead and returns it as the API shows it. */
  makeLead(name: string, email: string): Promise<Json>;
}

/** The rows of a list's answer. */
export const dataOf = (json: Json): Json[] => json.data as Json[];

/** The fields that an answer complains of. */
export const pathsOf = (json: Json): string[] => (json.errors as { path: string }[]).map((one) => one.path);

/** Starts the server; everything ends after the file's last test. */
export async function openLeadsApi(): Promise<LeadsApi> {
  const server = await startTestServer();
  const { options } = server.database;
  const database = await openDatabase(options.kind === 'embedded' ? { ...options, access: 'join' } : options);
  afterAll(() => database.close());
  const ask: LeadsApi['ask'] = async (method, path, body, key) => {
    const answer = await server.api(method, path, body, key);
    return { status: answer.status, json: answer.body as Json };
  };
  const site = await ask('POST', '/domains', { domain_url: 'https://Loja.example/inicio?x=1' });
  expect(site.status).toBe(201);
  const domainId = String(site.json.domain_id);
  const readKey = String((await ask('POST', '/api-keys', { name: 'reader', scope: 'read' })).json.key);
  const importCsv: LeadsApi['importCsv'] = async (kind, csv, query = '') => {
    const response = await fetch(`${server.url}/api/v1/imports/${kind}?domain_id=${domainId}${query}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${TEST_API_KEY}`, 'content-type': 'text/csv' },
      body: csv,
    });
    return { status: response.status, json: (await response.json()) as Json };
  };
  const makeLead: LeadsApi['makeLead'] = async (name, email) => {
    const { status, json } = await importCsv(
      'leads',
      `nome;email;telefone\n${name};${email};11 91234-5678\n`,
    );
    expect({ status, json }).toMatchObject({ status: 200, json: { saved: 1 } });
    const [lead = {}] = dataOf((await ask('GET', `/leads?email=${encodeURIComponent(email)}`)).json);
    return lead;
  };
  return { server, database, domainId, readKey, ask, importCsv, makeLead };
}
