/** Stable codes of what the consumer reports; docs list them. */
export type ConsumerErrorCode =
  | 'ConfigInvalid'
  | 'ContentDisagrees'
  | 'FileMalformed'
  | 'PositionBeyondEnd'
  | 'Superseded'
  | 'TopicChanged';

/** What a person must look at: repeating changes nothing, so the consumer stops the partition and says so. */
export class ConsumerError extends Error {
  readonly code: ConsumerErrorCode;

  constructor(code: ConsumerErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ConsumerError';
    this.code = code;
  }
}
