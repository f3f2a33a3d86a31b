const secretName =
  /^(.*[-_])?(password|passwd|secret|authorization|cookie|set-cookie|private[-_]?key|access[-_]?key)$|^(x-auth-token|x-subject-token|x-service-token|x-cloud-images-identity|token|subjecttoken|authtoken|password_?hash)$/i;
const credentialsInUrl = /(\/\/[^:@/\s]*:)[^@/\s]+@/g;
const censored = '[redacted]';
const maxDepth = 6;

/** A copy of what is logged without secrets: fields with a secret's name, and credentials inside URLs. */
export function redact(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return value.replace(credentialsInUrl, `$1${censored}@`);
  if (value === null || typeof value !== 'object') return value;
  if (depth >= maxDepth) return '[too deep]';
  if (value instanceof Error) return redact(errorFields(value), depth + 1);
  if (Array.isArray(value)) return value.map((item) => redact(item, depth + 1));
  if (Buffer.isBuffer(value)) return `[${value.length} bytes]`;
  if (value instanceof Date || value instanceof URL) return redact(String(value), depth);
  const copy: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(value)) {
    copy[name] = secretName.test(name) ? censored : redact(field, depth + 1);
  }
  return copy;
}

function errorFields(error: Error): Record<string, unknown> {
  const { name, message, stack, cause } = error;
  return { ...error, type: name, message, stack, ...(cause === undefined ? {} : { cause }) };
}
