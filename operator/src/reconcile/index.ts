export { createOperator, FIELD_MANAGER, type Operator, type OperatorOptions } from './operator.ts';
export { PAUSED } from './reconciler.ts';
export { FINALIZER } from './steps/finalizer.ts';
