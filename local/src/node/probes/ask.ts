/** Asks a container once how it is. */
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { connect } from 'node:net';
import { spawn } from 'node:child_process';
import { guard, release } from '../../processes/last-resort.ts';
import { signalGroup, startTimeOf } from '../../processes/process-identity.ts';
import type { ProcessLaunch } from '../container-process.ts';
import type { ContainerSpec, Probe } from '../types.ts';

export interface Answer {
  ok: boolean;
  /** What was wrong; for the event. */
  message: string;
}

/** A probe or a lifecycle handler. */
export type ProbeAction = Pick<Probe, 'httpGet' | 'tcpSocket' | 'exec'>;

export interface ProbeTarget {
  podIP: string;
  container: ContainerSpec;
  /** How a command is run in the container. */
  launch: ProcessLaunch;
}

const MAX_MESSAGE = 512;

export async function ask(
  action: ProbeAction,
  target: ProbeTarget,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Answer> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  try {
    if (action.httpGet !== undefined) return await askHttp(action.httpGet, target, limit);
    if (action.tcpSocket !== undefined) return await askTcp(action.tcpSocket, target, limit);
    if (action.exec !== undefined) return await askExec(action.exec.command ?? [], target, limit);
    return { ok: false, message: 'the probe asks nothing that the local node knows' };
  } catch (error) {
    if (limit.aborted && !signal.aborted) return { ok: false, message: `no answer within ${timeoutMs} ms` };
    return { ok: false, message: error instanceof Error ? error.message : String(error) };
  }
}

export function portNumber(port: unknown, container: ContainerSpec): number {
  if (typeof port === 'number') return port;
  const named = container.ports?.find(({ name }) => name === port)?.containerPort;
  const number = named ?? Number(port);
  if (!Number.isInteger(number)) throw new Error(`the container has no port named ${String(port)}`);
  return number;
}

function askHttp(
  { host, path = '/', port, scheme = 'HTTP', httpHeaders = [] }: NonNullable<ProbeAction['httpGet']>,
  { podIP, container }: ProbeTarget,
  signal: AbortSignal,
): Promise<Answer> {
  const send = scheme === 'HTTPS' ? httpsRequest : httpRequest;
  const headers: Record<string, string> = { 'user-agent': 'kube-probe/tributary-local', accept: '*/*' };
  for (const { name, value } of httpHeaders) headers[name.toLowerCase()] = value;
  return new Promise((resolve, reject) => {
    const request = send(
      {
        host: host === undefined || host === '' ? podIP : host,
        port: portNumber(port, container),
        path,
        headers,
        signal,
        agent: false,
        // As the kubelet: a probe asks whether it lives, not who it is.
        ...(scheme === 'HTTPS' ? { rejectUnauthorized: false } : {}),
      },
      (response) => {
        const { statusCode = 0 } = response;
        response.destroy();
        resolve({
          ok: statusCode >= 200 && statusCode < 400,
          message: `HTTP probe failed with statuscode: ${statusCode}`,
        });
      },
    );
    request.once('error', reject);
    request.end();
  });
}

function askTcp(
  { host, port }: NonNullable<ProbeAction['tcpSocket']>,
  { podIP, container }: ProbeTarget,
  signal: AbortSignal,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const socket = connect({
      host: host === undefined || host === '' ? podIP : host,
      port: portNumber(port, container),
    });
    const abort = () => socket.destroy(new Error('aborted'));
    signal.addEventListener('abort', abort, { once: true });
    socket.once('close', () => signal.removeEventListener('abort', abort));
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.destroy();
      resolve({ ok: true, message: '' });
    });
  });
}

function askExec(command: readonly string[], { launch }: ProbeTarget, signal: AbortSignal): Promise<Answer> {
  const [program = '', ...args] = command.map(launch.place);
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const child = spawn(program, args, {
      env: launch.env,
      cwd: launch.cwd,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    const collect = (chunk: Buffer) => (output = (output + chunk.toString('utf8')).slice(0, MAX_MESSAGE));
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    const { pid } = child;
    if (pid === undefined) {
      child.once('error', reject);
      return;
    }
    const identity = { pid, startTime: startTimeOf(pid) ?? '' };
    guard(identity);
    const abort = () => signalGroup(identity, 'SIGKILL');
    signal.addEventListener('abort', abort, { once: true });
    child.once('exit', (code) => {
      signal.removeEventListener('abort', abort);
      signalGroup(identity, 'SIGKILL');
      release(pid);
      if (signal.aborted) reject(new Error('the command was ended'));
      else resolve({ ok: code === 0, message: output });
    });
  });
}
