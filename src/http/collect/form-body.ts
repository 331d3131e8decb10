const FORM = 'application/x-www-form-urlencoded';
const MULTIPART = 'multipart/form-data';
const MAX_FIELDS = 200;

/** Whether a content type is that of a plain HTML form. */
export const isFormType = (contentType: string): boolean =>
  contentType.startsWith(FORM) || contentType.startsWith(MULTIPART);

/** The fields of a form in their order, files left out; null if the body is not what its type says. */
export async function readFormBody(
  bytes: Buffer,
  contentType: string,
): Promise<readonly (readonly [string, string])[] | null> {
  if (contentType.startsWith(FORM)) return [...new URLSearchParams(bytes.toString())].slice(0, MAX_FIELDS);
  try {
    const form = await new Response(new Uint8Array(bytes), {
      headers: { 'content-type': contentType },
    }).formData();
    const fields = [...form].flatMap(([name, value]): [string, string][] =>
      typeof value === 'string' ? [[name, value]] : [],
    );
    return fields.slice(0, MAX_FIELDS);
  } catch {
    return null;
  }
}
