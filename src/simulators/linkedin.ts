import { type HttpRequest, type HttpResponse, readJsonObject } from '../domain/http-message.ts';
import {
  asObject,
  asObjects,
  buildAnswer,
  readBearer,
  type VendorBench,
  VendorSimulator,
} from './vendor-simulator.ts';

const SHA256 = /^[0-9a-f]{64}$/;
const RULE = /^urn:lla:llaPartnerConversion:\d+$/;
const DAY_MS = 86_400_000;

/** LinkedIn's Conversions API: versions that end, single events and batches. */
export function buildLinkedinSimulator({ now }: { readonly now: () => number }): VendorSimulator {
  return new VendorSimulator({ now, rules: answerLinkedin });
}

type Json = Readonly<Record<string, unknown>>;

function answerLinkedin(request: HttpRequest, bench: VendorBench): HttpResponse {
  if (request.method !== 'POST' || new URL(request.url).pathname !== '/rest/conversionEvents') {
    return fail(404, 'RESOURCE_NOT_FOUND', 'No virtual resource found');
  }
  const refusal = findVersionProblem(request, bench) ?? findTokenProblem(request, bench);
  if (refusal) return refusal;
  const body = readJsonObject(request.body ?? '') ?? {};
  const isBatch = request.headers['x-restli-method'] === 'BATCH_CREATE';
  const events = isBatch ? asObjects(body.elements) : [body];
  const lines = events.flatMap((event, index) => {
    const problem = findProblem(event, bench);
    return problem ? [`Index: ${index}, ERROR :: ${problem}`] : [];
  });
  if (lines.length > 0) return fail(422, 'UNPROCESSABLE_ENTITY', lines.join('\n'));
  for (const event of events) {
    bench.take({ eventId: String(event.eventId), event, body, headers: request.headers });
  }
  if (!isBatch) return buildAnswer(201, '', { 'x-restli-id': String(body.eventId) });
  return buildAnswer(200, { elements: events.map(() => ({ status: 201 })) });
}

function findVersionProblem(request: HttpRequest, bench: VendorBench): HttpResponse | null {
  const version = request.headers['linkedin-version'] ?? '';
  if (version === '') return fail(400, 'VERSION_MISSING', 'A version must be present');
  const end = Date.UTC(Number(version.slice(0, 4)) + 1, Number(version.slice(4)) - 1, 16);
  const isActive = /^20\d{4}$/.test(version) && bench.now() < end;
  return isActive ? null : fail(426, 'NONEXISTENT_VERSION', `Requested version ${version}01 is not active`);
}

function findTokenProblem(request: HttpRequest, bench: VendorBench): HttpResponse | null {
  const token = readBearer(request);
  if (token !== '' && !bench.isRevoked(token)) return null;
  const body = {
    status: 401,
    serviceErrorCode: 65_601,
    code: 'REVOKED_ACCESS_TOKEN',
    message: 'The token has been revoked',
  };
  return buildAnswer(401, body);
}

function findProblem(event: Json, bench: VendorBench): string | null {
  const { conversion, conversionHappenedAt: at, eventId } = event;
  if (!RULE.test(String(conversion))) return '/conversion :: is not a conversion rule';
  if (typeof at !== 'number') return '/conversionHappenedAt :: must be a number';
  if (at > bench.now() + 60_000 || at < bench.now() - 90 * DAY_MS)
    return '/conversionHappenedAt :: out of range';
  if (typeof eventId === 'string' && bench.isRefused(eventId)) return '/user :: is not valid';
  const value = asObject(event.conversionValue);
  if (event.conversionValue !== undefined && typeof value.amount !== 'string') {
    return '/conversionValue/amount :: must be a string';
  }
  return findUserProblem(asObject(event.user));
}

function findUserProblem(user: Json): string | null {
  const ids = asObjects(user.userIds);
  const info = asObject(user.userInfo);
  const hasName = typeof info.firstName === 'string' && typeof info.lastName === 'string';
  if (ids.length === 0 && !hasName) return '/user/userIds :: at least one is required';
  const isBad = ids.some((id) => id.idType === 'SHA256_EMAIL' && !SHA256.test(String(id.idValue)));
  return isBad ? '/user/userIds :: SHA256_EMAIL is not a hash' : null;
}

const fail = (status: number, code: string, message: string): HttpResponse =>
  buildAnswer(status, { status, code, message });
