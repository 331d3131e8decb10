import { type HttpRequest, type HttpResponse, readJsonObject } from '../domain/http-message.ts';
import { asObject, asObjects, buildAnswer, type VendorBench, VendorSimulator } from './vendor-simulator.ts';

const TIME = /^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}$/;
const STATUSES = new Set('waiting_payment paid refused refunded chargedback'.split(' '));
const METHODS = new Set('credit_card boleto pix paypal free_price'.split(' '));
const DAY_MS = 86_400_000;

/** UTMify's orders: one a request, told again whenever their state changes. */
export function buildUtmifySimulator({ now }: { readonly now: () => number }): VendorSimulator {
  return new VendorSimulator({ now, rules: answerUtmify });
}

function answerUtmify(request: HttpRequest, bench: VendorBench): HttpResponse {
  const isPath = new URL(request.url).pathname === '/api-credentials/orders';
  if (request.method !== 'POST' || !isPath) return fail(404, 'NOT_FOUND');
  const token = request.headers['x-api-token'] ?? '';
  if (token === '' || bench.isRevoked(token)) return fail(404, 'API_CREDENTIAL_NOT_FOUND');
  const order = readJsonObject(request.body ?? '') ?? {};
  const problem = findProblem(order, bench);
  if (problem) return fail(400, problem);
  const eventId = String(order.orderId);
  if (order.isTest !== true) bench.take({ eventId, event: order, body: order, headers: request.headers });
  return buildAnswer(200, { OK: true, result: 'SUCCESS', data: { _id: `sim_${eventId}` } });
}

const fail = (status: number, message: string): HttpResponse =>
  buildAnswer(status, { OK: false, result: 'ERROR', message });

type Json = Readonly<Record<string, unknown>>;

function findProblem(order: Json, bench: VendorBench): string | null {
  const texts = ['orderId', 'platform'].find((key) => typeof order[key] !== 'string' || order[key] === '');
  if (texts) return `${texts} must be a string`;
  if (bench.isRefused(String(order.orderId))) return 'order is not valid';
  if (!STATUSES.has(String(order.status))) return 'status is not valid';
  if (!METHODS.has(String(order.paymentMethod))) return 'paymentMethod is not valid';
  const customer = asObject(order.customer);
  if (typeof customer.name !== 'string' || typeof customer.email !== 'string') return 'customer is not valid';
  return findTimeProblem(order, bench) ?? findMoneyProblem(order);
}

function findTimeProblem(order: Json, bench: VendorBench): string | null {
  const times = ['createdAt', 'approvedDate', 'refundedAt'];
  const bad = times.find((key) => order[key] !== null && !TIME.test(String(order[key])));
  if (bad || order.createdAt === null) return `${bad ?? 'createdAt'} must be YYYY-MM-DD HH:mm:ss`;
  const age = bench.now() - Date.parse(`${String(order.createdAt).replace(' ', 'T')}Z`);
  const most = order.status === 'refunded' || order.status === 'chargedback' ? 45 : 7;
  return age > most * DAY_MS ? 'createdAt is too old' : null;
}

function findMoneyProblem(order: Json): string | null {
  const commission = asObject(order.commission);
  const parts = ['totalPriceInCents', 'gatewayFeeInCents', 'userCommissionInCents'];
  if (!parts.every((key) => Number.isInteger(commission[key]))) return 'commission is not valid';
  const products = asObjects(order.products);
  const areGood = products.every((it) => Number.isInteger(it.priceInCents) && Number.isInteger(it.quantity));
  return products.length > 0 && areGood ? null : 'products are not valid';
}
