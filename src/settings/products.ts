import type { Kysely, Selectable } from 'kysely';
import { buildId } from '../domain/ids.ts';
import type { Money } from '../domain/money.ts';
import type { Database } from '../io/database.gen.ts';
import { type PageRequest, type Removal, removeOrDeactivate } from './paging.ts';
import type { Product } from './types.ts';

/** A product as the table has it. */
export type ProductRow = Selectable<Database['products']>;

/** What is known of a new product. */
export type NewProduct = Omit<Product, 'productId'>;

/** Saves a new product. */
export function saveProduct(db: Kysely<Database>, product: NewProduct): Promise<ProductRow> {
  const row = {
    product_id: buildId(),
    workspace_id: product.workspaceId,
    bot_id: product.botId,
    name: product.name,
    amount_cents: product.price.cents,
    currency: product.price.currency,
    delivery_url: product.deliveryUrl,
    is_active: product.isActive,
  };
  return db.insertInto('products').values(row).returningAll().executeTakeFirstOrThrow();
}

/** What may change of a product; absent fields stay. */
export interface ProductChanges {
  readonly botId?: string | undefined;
  readonly name?: string | undefined;
  readonly amountCents?: number | undefined;
  readonly currency?: string | undefined;
  readonly deliveryUrl?: string | undefined;
  readonly isActive?: boolean | undefined;
}

interface ProductKey {
  readonly workspaceId: string;
  readonly productId: string;
}

/** Changes a product of a workspace; undefined if there is none. */
export function updateProduct(
  db: Kysely<Database>,
  { workspaceId, productId, changes }: ProductKey & { readonly changes: ProductChanges },
): Promise<ProductRow | undefined> {
  const set = {
    bot_id: changes.botId,
    name: changes.name,
    amount_cents: changes.amountCents,
    currency: changes.currency,
    delivery_url: changes.deliveryUrl,
    is_active: changes.isActive,
    updated_at: new Date(),
  };
  const update = db.updateTable('products').set(set).where('product_id', '=', productId);
  return update.where('workspace_id', '=', workspaceId).returningAll().executeTakeFirst();
}

/** One product of a workspace. */
export function findProduct(
  db: Kysely<Database>,
  { workspaceId, productId }: ProductKey,
): Promise<ProductRow | undefined> {
  const query = db.selectFrom('products').selectAll().where('product_id', '=', productId);
  return query.where('workspace_id', '=', workspaceId).executeTakeFirst();
}

/** Products of a workspace, newest first. */
export function listProducts(
  db: Kysely<Database>,
  options: PageRequest & {
    readonly workspaceId: string;
    readonly botId?: string | undefined;
    readonly isActive?: boolean | undefined;
  },
): Promise<ProductRow[]> {
  const { limit, before, workspaceId, botId, isActive } = options;
  let query = db.selectFrom('products').selectAll().where('workspace_id', '=', workspaceId);
  if (botId !== undefined) query = query.where('bot_id', '=', botId);
  if (isActive !== undefined) query = query.where('is_active', '=', isActive);
  if (before) query = query.where('product_id', '<', before);
  return query.orderBy('product_id', 'desc').limit(limit).execute();
}

/** Deletes a product that was never charged; else takes it off sale. */
export function removeProduct(
  db: Kysely<Database>,
  { workspaceId, productId }: ProductKey,
): Promise<Removal> {
  const remove = db
    .deleteFrom('products')
    .where('product_id', '=', productId)
    .where('workspace_id', '=', workspaceId)
    .where(({ not, exists, selectFrom }) =>
      not(exists(selectFrom('payments').select('id').where('product_id', '=', productId))),
    );
  const deactivate = db
    .updateTable('products')
    .set({ is_active: false, updated_at: new Date() })
    .where('product_id', '=', productId)
    .where('workspace_id', '=', workspaceId);
  return removeOrDeactivate({
    remove: () => remove.executeTakeFirstOrThrow(),
    deactivate: () => deactivate.executeTakeFirstOrThrow(),
  });
}

/** The product as the other rooms know it. */
export function readProduct(row: ProductRow): Product {
  const price: Money = { cents: Number(row.amount_cents), currency: row.currency };
  return {
    productId: row.product_id,
    workspaceId: row.workspace_id,
    botId: row.bot_id,
    name: row.name,
    price,
    deliveryUrl: row.delivery_url,
    isActive: row.is_active,
  };
}
