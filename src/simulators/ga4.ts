import { type HttpRequest, type HttpResponse, readJsonObject } from '../domain/http-message.ts';
import { asObject, asObjects, buildAnswer, type VendorBench, VendorSimulator } from './vendor-simulator.ts';

const MAX_AGE_MICROS = 72 * 3_600_000_000;
const NAME = /^[A-Za-z][A-Za-z0-9_]{0,39}$/;

/** Google Analytics' Measurement Protocol: 204 whatever it is sent; only the debug endpoint says what is wrong. */
export function buildGa4Simulator({ now }: { readonly now: () => number }): VendorSimulator {
  return new VendorSimulator({ now, rules: answerGa4 });
}

function answerGa4(request: HttpRequest, bench: VendorBench): HttpResponse {
  const { pathname, searchParams } = new URL(request.url);
  const body = readJsonObject(request.body ?? '') ?? {};
  const problems = findProblems(body, searchParams, bench);
  if (pathname === '/debug/mp/collect') {
    return buildAnswer(200, { validationMessages: problems.map((description) => ({ description })) });
  }
  if (pathname !== '/mp/collect') return buildAnswer(404, '');
  if (problems.length === 0) {
    for (const event of asObjects(body.events)) {
      const eventId = String(asObject(event.params).transaction_id);
      bench.take({ eventId, event, body, headers: request.headers });
    }
  }
  return buildAnswer(204, '');
}

type Json = Readonly<Record<string, unknown>>;

function findProblems(body: Json, query: URLSearchParams, bench: VendorBench): string[] {
  const events = asObjects(body.events);
  const time = body.timestamp_micros;
  const isOld = typeof time === 'number' && time < bench.now() * 1000 - MAX_AGE_MICROS;
  return [
    ...(query.get('measurement_id') ? [] : ['measurement_id is required']),
    ...(query.get('api_secret') ? [] : ['api_secret is required']),
    ...(typeof body.client_id === 'string' && body.client_id !== '' ? [] : ['client_id is required']),
    ...(isOld ? ['timestamp_micros is more than 72 hours old'] : []),
    ...(events.length > 0 && events.length <= 25 ? [] : ['events must have 1 to 25 entries']),
    ...(events.every((event) => NAME.test(String(event.name))) ? [] : ['an event name is invalid']),
  ];
}
