import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { z } from 'zod';
import { baseUrl, cidrList, secret, wholeNumber } from './config-fields.ts';
import { buildSecret } from './domain/ids.ts';
import { readOtlpHeaders, type TracingSettings } from './io/tracing/tracing-settings.ts';
import { readStreamAddress, type StreamSettings } from './log/nats/stream-settings.ts';
import { readMemcachedAddress } from './stores/memcached-address.ts';
import { readRedisAddress } from './stores/redis-address.ts';

/** Default base URL of each outside service, without a trailing slash; every one can be replaced by its variable. */
const VENDOR_URLS = {
  META_GRAPH_URL: 'https://graph.facebook.com',
  GOOGLE_ADS_URL: 'https://datamanager.googleapis.com',
  GOOGLE_OAUTH_URL: 'https://oauth2.googleapis.com',
  TIKTOK_API_URL: 'https://business-api.tiktok.com',
  LINKEDIN_API_URL: 'https://api.linkedin.com',
  GA4_URL: 'https://www.google-analytics.com',
  UTMIFY_URL: 'https://api.utmify.com.br',
  TELEGRAM_API_URL: 'https://api.telegram.org',
  MERCADOPAGO_API_URL: 'https://api.mercadopago.com',
  ASAAS_API_URL: 'https://api.asaas.com',
  EFI_API_URL: 'https://pix.api.efipay.com.br',
  PUSHINPAY_API_URL: 'https://api.pushinpay.com.br',
  STRIPE_API_URL: 'https://api.stripe.com',
  HUBSPOT_API_URL: 'https://api.hubapi.com',
  PIPEDRIVE_API_URL: 'https://api.pipedrive.com',
  SALESFORCE_LOGIN_URL: 'https://login.salesforce.com',
  RDSTATION_API_URL: 'https://api.rd.services',
} as const;

/** Name of the variable that holds an outside service's base URL. */
export type VendorUrlName = keyof typeof VENDOR_URLS;

/** Where each outside service is reached. */
export type VendorUrls = Readonly<Record<VendorUrlName, string>>;

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

/** Values that stand in examples and docs everywhere; in production they would protect nothing. */
const KNOWN_SECRET =
  /^(change.?me|changeit|default|example|your[-_ ]|secret[-_ ]?key|ip[-_ ]?hash[-_ ]?salt|0+$)/i;

const variables = z.object({
  HOST: z.string().min(1).default('0.0.0.0'),
  PORT: wholeNumber(1, 65535).default(8080),
  PUBLIC_URL: baseUrl.optional(),
  DATA_DIR: z.string().min(1).default('./data'),
  DATABASE_URL: z
    .string()
    .regex(/^postgres(ql)?:\/\//, 'must begin with postgres:// or postgresql://')
    .optional(),
  REDIS_URL: z
    .string()
    .refine(
      (url) => readRedisAddress(url) !== null,
      'must be redis://host:port, redis+sentinel://host:port,…/master or redis+cluster://host:port,…',
    )
    .optional(),
  MEMCACHED_URL: z
    .string()
    .refine((url) => readMemcachedAddress(url) !== null, 'must be host:port, or several with commas between')
    .optional(),
  HOT_STORE_TTL: wholeNumber(60, 2_592_000).default(21_600),
  CAPTURE_LOG_URL: z
    .string()
    .refine((url) => readStreamAddress(url) !== null, 'must be nats://host:port,host:port,… or tls://…')
    .optional(),
  CAPTURE_LOG_CREDS: z.string().min(1).optional(),
  CAPTURE_LOG_STREAM: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,64}$/, 'must be letters, digits, - and _ only')
    .default('RASTRO_CAPTURE'),
  CAPTURE_LOG_REPLICAS: wholeNumber(1, 5).default(3),
  CAPTURE_LOG_TIMEOUT: wholeNumber(50, 10_000).default(1_000),
  NODE_ENV: z.enum(['development', 'production', 'test']).default('development'),
  SECRET_KEY: secret.optional(),
  SECRET_KEY_PREVIOUS: secret.optional(),
  IP_HASH_SALT: secret.optional(),
  IP_HASH_SALT_PREVIOUS: secret.optional(),
  TRUST_PROXY: z.union([wholeNumber(0, 32), cidrList]).optional(),
  ADMIN_EMAIL: z.email().optional(),
  ADMIN_PASSWORD: z.string().min(8, 'must have at least 8 characters').optional(),
  BOOTSTRAP_API_KEY: z.string().min(8, 'must have at least 8 characters').optional(),
  GEOIP_CITY_DB: z.string().min(1).optional(),
  WORKERS: z.union([z.literal('auto'), wholeNumber(1, 64)]).default(1),
  GO_RATE_LIMIT: wholeNumber(0, 1_000_000_000).default(10_000),
  OUTBOUND_ALLOW: cidrList.optional(),
  LOG_LEVEL: z.enum(LOG_LEVELS).default('info'),
  OTEL_EXPORTER_OTLP_ENDPOINT: baseUrl.optional(),
  OTEL_EXPORTER_OTLP_HEADERS: z
    .string()
    .refine((text) => readOtlpHeaders(text) !== null, 'must be name=value, several with commas between')
    .optional(),
  OTEL_SERVICE_NAME: z.string().min(1).default('rastro'),
  OTEL_TRACES_SAMPLER_ARG: z
    .string()
    .regex(/^(0(\.\d+)?|1(\.0+)?)$/, 'must be a share from 0 to 1, such as 0.1')
    .transform(Number)
    .default(1),
});

/** Every name that `.env` may hold. */
const KNOWN_NAMES = new Set([...Object.keys(variables.shape), ...Object.keys(VENDOR_URLS)]);

/** The program's whole configuration, checked; no other file reads the environment. */
export interface Config {
  readonly host: string;
  readonly port: number;
  readonly publicUrl: string;
  readonly dataDir: string;
  readonly databaseUrl: string | null;
  readonly redisUrl: string | null;
  readonly memcachedUrl: string | null;
  /** How long the hot stores keep a click, seconds; afterwards it is found in `clicks` only. */
  readonly hotStoreTtl: number;
  /** The stream that keeps the capture log on several machines; null = the log is on this machine's disk alone. */
  readonly captureStream: StreamSettings | null;
  readonly isProduction: boolean;
  readonly secretKey: string;
  /** The SECRET_KEY of before a rotation that is under way; null = there is none. */
  readonly secretKeyPrevious: string | null;
  readonly ipHashSalt: string;
  /** The IP_HASH_SALT of before a change, told to the command that makes it; null = there is none. */
  readonly ipHashSaltPrevious: string | null;
  /** The file of a generated IP_HASH_SALT; null where the environment gives it. */
  readonly ipHashSaltFile: string | null;
  /** Number of trusted hops, or trusted CIDR ranges; null = nobody's X-Forwarded-For is believed. */
  readonly trustProxy: number | readonly string[] | null;
  readonly adminEmail: string | null;
  readonly adminPassword: string | null;
  readonly bootstrapApiKey: string | null;
  readonly geoipCityDb: string | null;
  readonly workers: number | 'auto';
  /** Clicks an hour an IP on /go; 0 = none. */
  readonly goRateLimit: number;
  readonly outboundAllow: readonly string[];
  readonly logLevel: string;
  /** Null = no traces. */
  readonly tracing: TracingSettings | null;
  readonly vendorUrls: VendorUrls;
}

/** A malformed setting; its message is the one line that the operator sees. */
export class ConfigError extends Error {}

/** Reads `.env` (if present) and the environment; the environment wins. Throws ConfigError with one clear line. */
export function readConfig(
  environment: NodeJS.ProcessEnv = process.env,
  directory: string = process.cwd(),
): Config {
  const values = { ...readEnvFile(join(directory, '.env')), ...pickKnown(environment) };
  const vars = parseVariables(values);
  const dataDir = resolve(directory, vars.DATA_DIR);
  const isProduction = vars.NODE_ENV === 'production';
  return {
    host: vars.HOST,
    port: vars.PORT,
    publicUrl: vars.PUBLIC_URL ?? `http://localhost:${vars.PORT}`,
    dataDir,
    databaseUrl: vars.DATABASE_URL ?? null,
    redisUrl: vars.REDIS_URL ?? null,
    memcachedUrl: vars.MEMCACHED_URL ?? null,
    hotStoreTtl: vars.HOT_STORE_TTL,
    captureStream: readCaptureStream(vars),
    isProduction,
    secretKeyPrevious: vars.SECRET_KEY_PREVIOUS ?? null,
    secretKey: readSecret({ name: 'SECRET_KEY', given: vars.SECRET_KEY, isProduction, dataDir }),
    ipHashSalt: readSecret({ name: 'IP_HASH_SALT', given: vars.IP_HASH_SALT, isProduction, dataDir }),
    ipHashSaltPrevious: vars.IP_HASH_SALT_PREVIOUS ?? null,
    ipHashSaltFile: vars.IP_HASH_SALT === undefined ? secretPath(dataDir, 'IP_HASH_SALT') : null,
    trustProxy: vars.TRUST_PROXY ?? null,
    adminEmail: vars.ADMIN_EMAIL ?? null,
    adminPassword: vars.ADMIN_PASSWORD ?? null,
    bootstrapApiKey: vars.BOOTSTRAP_API_KEY ?? null,
    geoipCityDb: vars.GEOIP_CITY_DB ?? null,
    workers: vars.WORKERS,
    goRateLimit: vars.GO_RATE_LIMIT,
    outboundAllow: vars.OUTBOUND_ALLOW ?? [],
    logLevel: vars.LOG_LEVEL,
    tracing: readTracing(vars),
    vendorUrls: readVendorUrls(values),
  };
}

function readCaptureStream(vars: z.infer<typeof variables>): StreamSettings | null {
  const address = vars.CAPTURE_LOG_URL === undefined ? null : readStreamAddress(vars.CAPTURE_LOG_URL);
  if (address === null) return null;
  const credsFile = vars.CAPTURE_LOG_CREDS ?? null;
  if (credsFile !== null && !existsSync(credsFile))
    throw new ConfigError(`CAPTURE_LOG_CREDS: there is no file ${credsFile}. Correct the path or remove it.`);
  const { CAPTURE_LOG_STREAM: stream, CAPTURE_LOG_REPLICAS: replicas, CAPTURE_LOG_TIMEOUT: timeoutMs } = vars;
  return { ...address, credsFile, stream, replicas, timeoutMs };
}

function parseVariables(values: Record<string, string>): z.infer<typeof variables> {
  const result = variables.safeParse(values);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw new ConfigError(
    `${String(issue?.path[0])}: ${readIssue(issue)}. Correct it in the environment or in .env.`,
  );
}

/** The innermost message: a union says only "Invalid input" of itself. */
function readIssue(issue: z.core.$ZodIssue | undefined): string {
  if (issue?.code !== 'invalid_union') return issue?.message ?? 'is not valid';
  const inner = issue.errors.map((branch) => branch[0]?.message).filter((message) => message !== undefined);
  return inner.join(', or ');
}

function readTracing(vars: z.infer<typeof variables>): TracingSettings | null {
  if (vars.OTEL_EXPORTER_OTLP_ENDPOINT === undefined) return null;
  return {
    endpoint: vars.OTEL_EXPORTER_OTLP_ENDPOINT,
    headers: readOtlpHeaders(vars.OTEL_EXPORTER_OTLP_HEADERS ?? '') ?? {},
    serviceName: vars.OTEL_SERVICE_NAME,
    ratio: vars.OTEL_TRACES_SAMPLER_ARG,
  };
}

function readVendorUrls(values: Record<string, string>): VendorUrls {
  const urls: Record<string, string> = { ...VENDOR_URLS };
  for (const name of Object.keys(VENDOR_URLS)) {
    const given = values[name];
    if (given === undefined) continue;
    const result = baseUrl.safeParse(given);
    if (!result.success)
      throw new ConfigError(`${name}: ${result.error.issues[0]?.message}. Correct it or remove it.`);
    urls[name] = result.data;
  }
  return urls as VendorUrls;
}

function readEnvFile(path: string): Record<string, string> {
  if (!existsSync(path)) return {};
  const values = parseEnv(readFileSync(path, 'utf8'));
  const unknown = Object.keys(values).find((name) => !KNOWN_NAMES.has(name));
  if (unknown !== undefined) {
    throw new ConfigError(`${unknown}: no such setting. Correct its name in .env or remove the line.`);
  }
  return dropEmpty(values);
}

function pickKnown(environment: NodeJS.ProcessEnv): Record<string, string> {
  return dropEmpty(Object.fromEntries(Object.entries(environment).filter(([name]) => KNOWN_NAMES.has(name))));
}

/** `NAME=` means "not set", as in compose files whose variable is empty. */
function dropEmpty(values: NodeJS.Dict<string>): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(values)) if (value) kept[name] = value;
  return kept;
}

interface SecretSource {
  readonly name: 'SECRET_KEY' | 'IP_HASH_SALT';
  readonly given: string | undefined;
  readonly isProduction: boolean;
  readonly dataDir: string;
}

const secretPath = (dataDir: string, name: SecretSource['name']): string =>
  join(dataDir, 'secrets', name.toLowerCase());

/** A secret from the environment, or one made once and kept in the data directory (never in production). */
function readSecret(source: SecretSource): string {
  if (source.given !== undefined) {
    if (source.isProduction) refuseKnownSecret(source.name, source.given);
    return source.given;
  }
  if (source.isProduction) {
    throw new ConfigError(
      `${source.name}: must be set in production. Make one with: openssl rand -base64 48`,
    );
  }
  const path = secretPath(source.dataDir, source.name);
  mkdirSync(join(source.dataDir, 'secrets'), { recursive: true, mode: 0o700 });
  try {
    writeFileSync(path, buildSecret(), { mode: 0o600, flag: 'wx', flush: true });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
  return readFileSync(path, 'utf8').trim();
}

function refuseKnownSecret(name: string, value: string): void {
  if (!KNOWN_SECRET.test(value)) return;
  throw new ConfigError(`${name}: is a known example value. Make one with: openssl rand -base64 48`);
}
