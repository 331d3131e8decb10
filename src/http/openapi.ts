import swagger from '@fastify/swagger';
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';
import type { App, AppDeps } from './deps.ts';

const INTRODUCTION = `The admin API of this server, and its public edge.

- **Keys**: send \`Authorization: Bearer <api key>\`. Scopes: \`read\` < \`write\` < \`admin\`. A person's session works too; from another origin it may not change anything. \`X-Workspace-Id\` chooses among a person's workspaces.
- **Lists** answer \`{data, next_cursor}\`; give \`next_cursor\` back as \`cursor\`. \`limit\` is 1 to 200.
- **Money** is a decimal string with a \`currency\`; **times** are RFC 3339 in UTC; **ids** are strings.
- **Errors** are \`application/problem+json\` (RFC 9457); bad fields are listed in \`errors\`.
- Fields marked write-only are never answered; \`has_...\` says whether they are set.`;

/** Describes every route that is registered after this; the document is at \`/api/docs/openapi.json\`. */
export function registerOpenapi(app: App, deps: AppDeps): void {
  app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Rastro', description: INTRODUCTION, version: '1' },
      servers: [{ url: deps.publicUrl }],
      components: {
        securitySchemes: {
          key: { type: 'http', scheme: 'bearer', description: 'An API key.' },
          session: { type: 'apiKey', in: 'cookie', name: 'rastro.session_token' },
        },
      },
    },
    transform: (route) => {
      const { schema, url } = jsonSchemaTransform(route);
      return url.startsWith('/api/v1/') ? { schema: { ...schema, security: ACCESS }, url } : { schema, url };
    },
    transformObject: (document) => dropUnused(jsonSchemaTransformObject(document)),
  });
}

type Description = ReturnType<typeof jsonSchemaTransformObject>;

/** Every named schema comes in a form for requests too (`PoolInput`), whether or not one takes it. */
function dropUnused(description: Description): Description {
  if (!('components' in description)) return description;
  const text = JSON.stringify(description);
  const { components } = description;
  const schemas = Object.entries(components?.schemas ?? {}).filter(([name]) =>
    text.includes(`"#/components/schemas/${name}"`),
  );
  return {
    ...description,
    components: { ...components, schemas: Object.fromEntries(schemas) },
  } as Description;
}

const ACCESS = [{ key: [] }, { session: [] }];
