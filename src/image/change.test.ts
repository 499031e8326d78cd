import { describe, expect, test } from 'vitest';
import { applyChanges } from './change.ts';

describe('a change makes of the config what the Dockerfile reference says', () => {
  test.each<[change: string, config: object]>([
    ['CMD ["/bin/sh", "-c", "a b"]', { Cmd: ['/bin/sh', '-c', 'a b'] }],
    ['cmd echo $HOME', { Cmd: ['/bin/sh', '-c', 'echo $HOME'] }],
    ['CMD [not json]', { Cmd: ['/bin/sh', '-c', '[not json]'] }],
    ['ENTRYPOINT ["/init"]', { Entrypoint: ['/init'] }],
    ['ENV A=1 B="2 3" C=\'$A\' D=a\\ b', { Env: ['A=1', 'B=2 3', 'C=$A', 'D=a b'] }],
    ['ENV A one two', { Env: ['A=one two'] }],
    ['ENV A=', { Env: ['A='] }],
    ['EXPOSE 80 53/udp 8000-8002/TCP', { ExposedPorts: ports('80/tcp', '53/udp', '8000/tcp', '8001/tcp', '8002/tcp') }],
    ['LABEL a=1 "b c"="d e"', { Labels: { a: '1', 'b c': 'd e' } }],
    ['USER 1000:1000', { User: '1000:1000' }],
    ['VOLUME /data "/a b"', { Volumes: { '/data': {}, '/a b': {} } }],
    ['VOLUME ["/data", "/b"]', { Volumes: { '/data': {}, '/b': {} } }],
    ['WORKDIR srv/../app', { WorkingDir: '/app' }],
    ['STOPSIGNAL SIGQUIT', { StopSignal: 'SIGQUIT' }],
    ['ONBUILD RUN make', { OnBuild: ['RUN make'] }],
    ['HEALTHCHECK NONE', { Healthcheck: { Test: ['NONE'] } }],
    [
      'HEALTHCHECK --interval=1m30s --retries=3 CMD curl -f localhost',
      { Healthcheck: { Test: ['CMD-SHELL', 'curl -f localhost'], Interval: 90e9, Retries: 3 } },
    ],
    ['HEALTHCHECK --timeout=500ms CMD ["/check"]', { Healthcheck: { Test: ['CMD', '/check'], Timeout: 5e8 } }],
  ])('%s', (change, config) => {
    expect(applyChanges({}, [change])).toEqual(config);
  });
});

const ports = (...names: string[]) => Object.fromEntries(names.map((name) => [name, {}]));

test('changes come one after the other, and see the variables before them', () => {
  const changes = [
    'ENV A=1 P=/usr',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a Dockerfile’s variables
    'ENV A=2 B=${A}x C=${NONE:-other} D=${P:+set} E=\\$A',
    'WORKDIR $P',
    'WORKDIR lib',
    'LABEL v=$A',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a Dockerfile’s variables
    'LABEL w="${P}/w"',
    'CMD first',
    'CMD ["last"]',
  ];
  expect(applyChanges({ User: 'kept' }, changes)).toEqual({
    User: 'kept',
    Env: ['A=2', 'P=/usr', 'B=1x', 'C=other', 'D=set', 'E=$A'],
    WorkingDir: '/usr/lib',
    Labels: { v: '2', w: '/usr/w' },
    Cmd: ['last'],
  });
});

test.each([
  ['RUN make', 'is no change that can be made'],
  ['constructor x', 'is no change that can be made'],
  ['', 'is no change that can be made'],
  ['CMD', 'lacks an argument'],
  ['ENV A', 'is not of the form name=value'],
  ['ENV =1', 'is not of the form name=value'],
  ['ENV A="1', 'has no partner'],
  ['ENV A=${B', 'begins no variable'],
  ['EXPOSE http', 'is not a port'],
  ['EXPOSE 70000', 'is not a port'],
  ['EXPOSE 10-1', 'is not a port'],
  ['STOPSIGNAL now!', 'is not a signal'],
  ['ONBUILD FROM x', 'cannot be triggered'],
  ['HEALTHCHECK curl', 'a health check is NONE, or CMD'],
  ['HEALTHCHECK --interval=soon CMD x', 'is not a time'],
  ['HEALTHCHECK --nothing=1 CMD x', 'there is no flag --nothing'],
])('%j is refused, and the change is named', (change, why) => {
  expect(() => applyChanges({}, [change])).toThrow(
    expect.objectContaining({ code: 'usage', message: expect.stringContaining(why) }),
  );
  expect(() => applyChanges({}, [change])).toThrow(JSON.stringify(change));
});

test('__proto__ is a label like any other, and changes nothing else', () => {
  const { Labels } = applyChanges({}, ['LABEL __proto__=x a=b']);
  expect(JSON.stringify(Labels)).toBe('{"__proto__":"x","a":"b"}');
});
