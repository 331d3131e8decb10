import { type HttpRequest, type HttpResponse, readJsonObject } from '../domain/http-message.ts';
import { asObject, asObjects, buildAnswer, type VendorBench, VendorSimulator } from './vendor-simulator.ts';

const SHA256 = /^[0-9a-f]{64}$/;
const HASHED = ['email', 'phone', 'external_id', 'first_name', 'last_name', 'zip_code'];
const SOURCES = new Set(['web', 'app', 'offline', 'crm']);

/** TikTok's Events API 2.0: always status 200, the code says what it is. */
export function buildTiktokSimulator({ now }: { readonly now: () => number }): VendorSimulator {
  return new VendorSimulator({ now, rules: answerTiktok });
}

function answerTiktok(request: HttpRequest, bench: VendorBench): HttpResponse {
  const isPath = new URL(request.url).pathname === '/open_api/v1.3/event/track/';
  if (request.method !== 'POST' || !isPath) return build(40_000, 'Path not found');
  const token = request.headers['access-token'] ?? '';
  if (token === '') return build(40_104, 'Access token is missing');
  if (bench.isRevoked(token)) return build(40_105, 'Access token is incorrect or has been revoked.');
  const body = readJsonObject(request.body ?? '') ?? {};
  const events = asObjects(body.data);
  const problem = findProblem(body, events, bench);
  if (problem) return build(40_002, problem);
  for (const event of events) {
    bench.take({ eventId: String(event.event_id), event, body, headers: request.headers });
  }
  return build(0, 'OK');
}

const build = (code: number, message: string): HttpResponse =>
  buildAnswer(200, { code, message, request_id: '202611220000000000000000000000000', data: {} });

type Json = Readonly<Record<string, unknown>>;

function findProblem(body: Json, events: readonly Json[], bench: VendorBench): string | null {
  if (!SOURCES.has(String(body.event_source))) return 'event_source: Not a valid choice';
  if (typeof body.event_source_id !== 'string' || body.event_source_id === '')
    return 'event_source_id: Missing';
  if (events.length === 0 || events.length > 1000) return 'data: Length must be between 1 and 1000';
  for (const [index, event] of events.entries()) {
    const problem = findEventProblem(event, bench);
    if (problem) return `Batch.${index}.${problem}`;
  }
  return null;
}

function findEventProblem(event: Json, bench: VendorBench): string | null {
  const { event: name, event_time: time, event_id: id } = event;
  if (typeof name !== 'string' || name === '') return 'event: Missing';
  if (typeof time !== 'number' || !Number.isInteger(time)) return 'event_time: Not a valid integer';
  const age = bench.now() / 1000 - time;
  if (age < -300 || age > 28 * 86_400) return 'event_time: Out of range';
  if (typeof id === 'string' && bench.isRefused(id)) return 'properties: Not valid';
  const user = asObject(event.user);
  const plain = HASHED.find((key) => key in user && !SHA256.test(String(user[key])));
  if (plain) return `user.${plain}: Not a valid SHA256`;
  const contents = asObjects(asObject(event.properties).contents);
  const bad = contents.findIndex((item) => typeof item.content_id !== 'string');
  return bad === -1 ? null : `properties.contents.${bad}.content_id: Not a valid string`;
}
