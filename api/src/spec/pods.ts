import { z } from 'zod';
import { listAtomic, listMap } from '../constraint.ts';

const QUALIFIED = /^([a-z0-9]([-a-z0-9.]*[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/;

const qualified = () =>
  z.string().min(1).max(317).regex(QUALIFIED, { message: 'must be a name, with a DNS prefix where needed' });

const labels = () =>
  listMap(
    z
      .array(
        z.strictObject({
          name: qualified().describe('Key.'),
          value: z
            .string()
            .max(63)
            .regex(/^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$/, { message: 'must be a label value' })
            .describe('Value.'),
        }),
      )
      .max(32),
    'name',
  );

const annotations = () =>
  listMap(
    z
      .array(
        z.strictObject({
          name: qualified().describe('Key.'),
          value: z.string().max(4096).describe('Value.'),
        }),
      )
      .max(32),
    'name',
  );

const quantity = () =>
  z
    .string()
    .max(32)
    .regex(/^[0-9]+(\.[0-9]+)?(m|k|M|G|T|Ki|Mi|Gi|Ti)?$/, {
      message: 'must be a quantity, such as 250m or 256Mi',
    });

const amounts = () =>
  z.strictObject({
    cpu: quantity().optional().describe('Cores.'),
    memory: quantity().optional().describe('Bytes.'),
    ephemeralStorage: quantity().optional().describe('Bytes on the disk of the node.'),
  });

const toleration = () =>
  z.strictObject({
    key: qualified().optional().describe('Taint; absent: all, with operator Exists.'),
    operator: z.enum(['Exists', 'Equal']).optional().describe('How value is compared. Default Equal.'),
    value: z.string().max(63).optional().describe('Value of the taint.'),
    effect: z
      .enum(['NoSchedule', 'PreferNoSchedule', 'NoExecute'])
      .optional()
      .describe('Effect of the taint; absent: all.'),
    tolerationSeconds: z
      .int()
      .min(0)
      .max(2_147_483_647)
      .optional()
      .describe('How long it is tolerated, with NoExecute.'),
  });

/** What a user may say of a pod beside what the operator plans; the operator's own labels and security always hold. */
const podOverrides = () =>
  z.strictObject({
    image: z
      .string()
      .min(1)
      .max(512)
      .regex(/^[^\s]+$/, {
        message: 'must be an image, such as registry.example.com/tributary/producer:1.2.3',
      })
      .optional()
      .describe("Image. Default: the one that the operator's chart names."),
    resources: z
      .strictObject({
        requests: amounts()
          .optional()
          .describe('What the scheduler keeps for it; named ones replace the default.'),
        limits: amounts().optional().describe('What it may use at most; named ones replace the default.'),
      })
      .optional()
      .describe('Resources of the container.'),
    nodeSelector: labels().optional().describe('Labels that a node must have.'),
    tolerations: listAtomic(z.array(toleration()).max(32)).optional().describe('Taints that are tolerated.'),
    affinity: z
      .record(z.string(), z.unknown())
      .meta({ 'x-kubernetes-preserve-unknown-fields': true })
      .optional()
      .describe('Affinity, as in a Pod.'),
    labels: labels().optional().describe('Further labels of the pod.'),
    annotations: annotations().optional().describe('Further annotations of the pod.'),
  });

export const pods = () =>
  z.strictObject({
    producer: podOverrides().optional().describe('The pod that polls the API.'),
    consumer: podOverrides().optional().describe('The pod that writes the files.'),
  });

export type PodOverrides = z.output<ReturnType<typeof podOverrides>>;
