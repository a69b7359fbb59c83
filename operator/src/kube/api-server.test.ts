import { startTestApiServer } from '@tributary/local/testing';
import { testAgainst } from './testing/api-server-suite.ts';

testAgainst(startTestApiServer);
