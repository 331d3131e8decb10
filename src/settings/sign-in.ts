import { type BetterAuthOptions, betterAuth } from 'better-auth';
import type { Kysely } from 'kysely';
import { buildId } from '../domain/ids.ts';
import type { Database } from '../io/database.gen.ts';
import type { Logger } from '../io/logger.ts';

/** The header in which the HTTP layer tells the address that it believes; whatever the visitor sends under it is dropped. */
export const CLIENT_IP_HEADER = 'x-rastro-client-ip';

/** Where better-auth's own addresses begin. */
export const SIGN_IN_PATH = '/api/auth';

/** What the sign-in of people needs. */
export interface SignInOptions {
  readonly db: Kysely<Database>;
  /** Signs the session cookies; derived from SECRET_KEY. */
  readonly secret: string;
  readonly publicUrl: string;
  readonly logger: Logger;
}

/** A signed-in person. */
export interface SignedIn {
  readonly userId: string;
  readonly email: string;
}

/** Sign-in of people by e-mail and password with a session cookie. */
export interface SignIn {
  /** Answers everything under `/api/auth`. */
  answer(request: Request): Promise<Response>;
  /** Who the cookie belongs to; undefined if it is none of ours, or has expired. */
  findSession(headers: Headers): Promise<SignedIn | undefined>;
  /** Hash of a password as the accounts table keeps it. */
  hashPassword(password: string): Promise<string>;
}

/** Fewest characters of a password. */
export const MIN_PASSWORD = 8;
/** Most characters of a password: hashing longer ones would only cost time. */
export const MAX_PASSWORD = 128;

/** Opens the sign-in. People are made by the command line and the first start; nobody can sign up. */
export function openSignIn(options: SignInOptions): SignIn {
  const auth = betterAuth(buildOptions(options));
  return {
    answer: (request) => auth.handler(request),
    findSession: async (headers) => {
      const session = await auth.api.getSession({ headers });
      return session ? { userId: session.user.id, email: session.user.email } : undefined;
    },
    hashPassword: async (password) => (await auth.$context).password.hash(password),
  };
}

const TIMES = { createdAt: 'created_at', updatedAt: 'updated_at' } as const;

function buildOptions({ db, secret, publicUrl, logger }: SignInOptions) {
  return {
    appName: 'Rastro',
    baseURL: publicUrl,
    basePath: SIGN_IN_PATH,
    secret,
    database: { db, type: 'postgres' },
    emailAndPassword: {
      enabled: true,
      disableSignUp: true,
      minPasswordLength: MIN_PASSWORD,
      maxPasswordLength: MAX_PASSWORD,
      revokeSessionsOnPasswordReset: true,
    },
    disabledPaths: ['/sign-in/social', '/link-social', '/change-email', '/delete-user'],
    trustedOrigins: (request?: Request) => listOwnOrigins(request?.headers.get('host') ?? null, publicUrl),
    rateLimit: {
      enabled: true,
      window: 60,
      max: 100,
      customRules: {
        '/sign-in/email': { window: 60, max: 10 },
        '/change-password': { window: 60, max: 10 },
        '/get-session': false,
      },
    },
    advanced: {
      database: { generateId: () => buildId() },
      useSecureCookies: publicUrl.startsWith('https://'),
      cookiePrefix: 'rastro',
      ipAddress: { ipAddressHeaders: [CLIENT_IP_HEADER] },
    },
    logger: {
      level: 'warn',
      log: (level: string, message: string) => logger.warn({ room: 'sign-in', says: level }, message),
    },
    telemetry: { enabled: false },
    ...TABLES,
  } satisfies BetterAuthOptions;
}

/** Our names for better-auth's tables and columns. */
const TABLES = {
  user: { modelName: 'users', fields: { emailVerified: 'email_verified', ...TIMES } },
  session: {
    modelName: 'user_sessions',
    fields: {
      expiresAt: 'expires_at',
      ipAddress: 'ip_address',
      userAgent: 'user_agent',
      userId: 'user_id',
      ...TIMES,
    },
  },
  account: {
    modelName: 'user_accounts',
    fields: {
      accountId: 'account_id',
      providerId: 'provider_id',
      userId: 'user_id',
      accessToken: 'access_token',
      refreshToken: 'refresh_token',
      idToken: 'id_token',
      accessTokenExpiresAt: 'access_token_expires_at',
      refreshTokenExpiresAt: 'refresh_token_expires_at',
      ...TIMES,
    },
  },
  verification: { modelName: 'user_verifications', fields: { expiresAt: 'expires_at', ...TIMES } },
} as const;

/** Origins that are ourselves: the public address, and whatever name this very request came in by. */
export function listOwnOrigins(host: string | null, publicUrl: string): string[] {
  const own = [new URL(publicUrl).origin];
  return host ? [...own, `http://${host}`, `https://${host}`] : own;
}
