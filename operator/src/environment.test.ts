import { describe, expect, it } from '@jest/globals';
import { readEnvironment } from './environment.ts';

const env = {
  TRIBUTARY_PRODUCER_IMAGE: 'producer:1',
  TRIBUTARY_CONSUMER_IMAGE: 'consumer:1',
  TRIBUTARY_NAMESPACE: 'tributary-system',
  TRIBUTARY_POD_NAME: 'operator-0',
  TRIBUTARY_NOTEBOOKS_DIR: '/notebooks',
  TRIBUTARY_BIND_ADDRESS: '127.0.0.1',
  TRIBUTARY_PORT: '8080',
};

describe('what the chart tells the operator', () => {
  it('is whom a Kafka admits beside those that it names itself', () => {
    const admission = (text?: string) =>
      readEnvironment({ ...env, TRIBUTARY_KAFKA_ADMISSION: text }).kafkaAdmission;
    expect(admission()).toEqual({});
    expect(admission('kafka/plant=markets,earth;kafka/other=*')).toEqual({
      'kafka/plant': ['markets', 'earth'],
      'kafka/other': ['*'],
    });
    for (const wrong of [
      'plant=markets',
      'kafka/plant',
      'kafka/plant=',
      'kafka/plant= ,',
      'kafka/plant =a',
      'kafka/plant=a=b',
      '{}',
    ])
      expect(() => admission(wrong)).toThrow(`TRIBUTARY_KAFKA_ADMISSION must be such as`);
  });
});
