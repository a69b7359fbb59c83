import { z } from 'zod';

export const DNS_LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;

export const dnsLabel = () =>
  z
    .string()
    .min(1)
    .max(63)
    .regex(DNS_LABEL, { message: 'must be a DNS label: lower-case letters, digits and hyphens' });

/** An IANA time zone name. Whether it exists is checked by our own tools; the API server checks its shape. */
export const timeZone = () =>
  z
    .string()
    .min(1)
    .max(64)
    .regex(/^[A-Za-z0-9_+\-/]+$/, { message: 'must be an IANA time zone, such as America/New_York' });

/** Five cron fields, or six with seconds first. */
export const cron = () =>
  z
    .string()
    .min(9)
    .max(128)
    .regex(/^[0-9A-Za-z*,/?#L -]+$/, {
      message: 'must be a cron expression of five fields, such as "0 6 * * *"',
    });

/** A named pair in a list that keeps its order and may repeat a name. */
export const namedValue = () =>
  z.strictObject({
    name: z.string().min(1).max(256).describe('Name, sent exactly as written.'),
    value: z
      .string()
      .max(4096)
      .describe(
        'Value, sent exactly as written; {{ cursor }} and {{ window.start }} are replaced where a template is allowed.',
      ),
  });

export const secretKeyRef = () =>
  z.strictObject({
    secretKeyRef: z
      .strictObject({
        name: z.string().min(1).max(253).describe('Name of a Secret in the namespace of the StreamSource.'),
        key: z.string().min(1).max(253).describe('Key within the Secret.'),
      })
      .describe('Where the value is kept.'),
  });

export const secretRef = () =>
  z.strictObject({
    secretRef: z
      .strictObject({
        name: z.string().min(1).max(253).describe('Name of a Secret in the namespace of the StreamSource.'),
      })
      .describe('The Secret that holds the connection.'),
  });

export type NamedValue = z.output<ReturnType<typeof namedValue>>;
export type SecretKeyRef = z.output<ReturnType<typeof secretKeyRef>>;
