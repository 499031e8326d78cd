// The outputs are those of Docker's own CLI (28.2, `docker context inspect --format`), where the template can be asked there.
import { expect, test } from 'vitest';
import { compileTemplate } from './template.ts';

const value = {
  Name: 'default',
  Size: 42,
  Half: 0.5,
  Running: true,
  Nothing: null,
  Names: ['a', 'b', 'c'],
  Empty: [],
  State: { Status: 'running', Pid: 7 },
  Labels: new Map([
    ['b', '2'],
    ['a', '1'],
  ]),
  None: new Map(),
  Label: (name: unknown) => `label ${name}`,
};

const render = (template: string): string => compileTemplate(template).render(value);

test.each([
  ['plain text', 'plain text'],
  ['{{.Name}}', 'default'],
  ['{{ .Name }}', 'default'],
  ['{{.State.Status}}', 'running'],
  ['{{(.State).Pid}}', '7'],
  ['{{.Labels.a}}', '1'],
  ['{{.Labels.none}}', '<no value>'],
  ['{{.Nothing}}', '<no value>'],
  ['{{.Names}}', '[a b c]'],
  ['{{.Labels}}', 'map[a:1 b:2]'],
  ['{{.State}}', 'map[Pid:7 Status:running]'],
  ['{{.Size}} {{.Half}} {{.Running}}', '42 0.5 true'],
  ['{{$.Name}}', 'default'],
  ['{{.Label "x"}}', 'label x'],
  ['}}', '}}'],
])('fields: %s', (template, output) => expect(render(template)).toBe(output));

test.each([
  ['a {{- .Name -}} b', 'adefaultb'],
  ['a {{- " x " -}}   b {{ 1 -}}', 'a x b 1'],
  ['{{/* c */}}x', 'x'],
  ['x {{- /* c\n */ -}} y', 'xy'],
  ['{{3 -}} 4', '34'],
  ['{{-3}} 4', '-3 4'],
])('white space and comments: %j', (template, output) => expect(render(template)).toBe(output));

test.each([
  ['{{true}} {{false}} {{0x1F}} {{017}} {{0b11}} {{1_000}} {{1e3}}', 'true false 31 15 3 1000 1000'],
  ["{{'a'}} {{'\\n'}} {{1.50}} {{.5}} {{-3}} {{+3}}", '97 10 1.5 0.5 -3 3'],
  ['{{1e-5}} {{123456.5}} {{123456789.5}}', '1e-05 123456.5 1.234567895e+08'],
  ['{{"\\u00e9\\x41\\101\\t\\""}}', 'éAA\t"'],
  ['{{`raw\\n`}}', 'raw\\n'],
])('literals: %s', (template, output) => expect(render(template)).toBe(output));

test.each([
  ['{{$x := 1}}{{$x}}{{$x = 2}}{{$x}}', '12'],
  ['{{$x := 1}}{{if true}}{{$x := 2}}{{$x}}{{end}}{{$x}}', '21'],
  ['{{$x := 1}}{{if true}}{{$x = 2}}{{end}}{{$x}}', '2'],
  ['{{$x := .State}}{{$x.Pid}}', '7'],
  ['{{$x := 1 | printf "%03d"}}{{$x}}', '001'],
  ['{{with $x := .Name}}{{$x}}{{.}}{{end}}', 'defaultdefault'],
  ['{{with .State}}{{.Pid}}{{$.Name}}{{end}}', '7default'],
  ['{{with .Nothing}}x{{else}}empty{{end}}', 'empty'],
  ['{{with .Nothing}}x{{else with .State}}{{.Pid}}{{end}}', '7'],
  ['{{if .Name}}yes{{else}}no{{end}}', 'yes'],
  ['{{if .None}}a{{else if .Empty}}b{{else if .Size}}c{{else}}d{{end}}', 'c'],
  ['{{if .Nothing}}a{{else if .Empty}}b{{else}}d{{end}}', 'd'],
  ['{{range .Names}}<{{.}}>{{end}}', '<a><b><c>'],
  ['{{range $v := .Names}}{{$v}}{{end}}', 'abc'],
  ['{{range $i, $v := .Names}}{{if $i}}, {{end}}{{$v}}{{end}}', 'a, b, c'],
  ['{{range $k, $v := .Labels}}{{$k}}={{$v}};{{end}}', 'a=1;b=2;'],
  ['{{range .Empty}}x{{else}}none{{end}}', 'none'],
  ['{{range .Nothing}}x{{else}}none{{end}}', 'none'],
  ['{{range 3}}{{.}}{{end}}', '012'],
  ['{{$n := ""}}{{range .Names}}{{$n = printf "%s%s" . $n}}{{end}}{{$n}}', 'cba'],
  ['{{range .Names}}{{if eq . "b"}}{{break}}{{end}}{{.}}{{end}}', 'a'],
  ['{{range .Names}}{{if eq . "b"}}{{continue}}{{end}}{{.}}{{end}}', 'ac'],
  ['{{range .Names}}{{range $.Names}}{{break}}{{end}}{{.}}{{end}}', 'abc'],
  ['{{define "t"}}<{{.}}>{{end}}{{template "t" .Name}}{{template "t"}}', '<default><<no value>>'],
  ['{{block "b" .Name}}[{{.}}]{{end}}', '[default]'],
])('statements: %s', (template, output) => expect(render(template)).toBe(output));

test.each([
  ['{{json .Names}} {{json .Labels}} {{json .Nothing}}', '["a","b","c"] {"a":"1","b":"2"} null'],
  ['{{. | json}}', expect.stringMatching(/^\{"Name":"default",.*"None":\{\}\}$/)],
  ['{{json "<a&b>"}}', '"<a&b>"'],
  ['{{join .Names ", "}}', 'a, b, c'],
  ['{{split "a,b" ","}} {{len (split "" ",")}}', '[a b] 1'],
  ['{{upper "abc"}} {{lower "ABC"}} {{title "hello big world"}}', 'ABC abc Hello Big World'],
  ['{{"a" | upper | lower | title}}', 'A'],
  ['{{truncate "hello" 3}} {{truncate "hi" 9}}', 'hel hi'],
  ['{{pad "x" 2 3}}|{{pad "" 2 3}}|', '  x   ||'],
  ['{{len "é"}} {{len .Names}} {{len .Labels}}', '2 3 2'],
  ['{{index .Names 1}} {{index .Labels "a"}} [{{index .Labels "none"}}] {{index "abc" 1}}', 'b 1 [] 98'],
  ['{{(index (split "a,b" ",") 1) | upper}}', 'B'],
  ['{{slice "abcdef" 1 3}} {{slice "abcdef" 2}} {{slice .Names 1}}', 'bc cdef [b c]'],
  [
    '{{eq 1 1}} {{eq "a" "b" "a"}} {{ne 1 2}} {{lt 1 2}} {{le 2 2}} {{gt "b" "a"}} {{ge 1 2}}',
    'true true true true true true false',
  ],
  ['{{eq .Nothing nil}} {{eq .Name nil}}', 'true false'],
  ['{{and 1 0}} {{and 1 2}} {{or 0 "" "x"}} {{or 0 ""}}| {{not 0}} {{not "a"}}', '0 2 x | true false'],
  ['{{or true (index .Names 99)}} {{and false (index .Names 99)}}', 'true false'],
  ['{{html "<a href=\'x\'>\\"&"}}', '&lt;a href=&#39;x&#39;&gt;&#34;&amp;'],
  ['{{js "it\'s \\"<b>\\" =&\\n"}}', 'it\\\'s \\"\\u003Cb\\u003E\\" \\u003D\\u0026\\u000A'],
  ['{{urlquery "a b&c=d/é!*"}}', 'a+b%26c%3Dd%2F%C3%A9%21%2A'],
  ['{{print "a" 1 2 "b" true false}}|{{print 1 2}}|{{println "a" 1}}|', 'a1 2btrue false|1 2|a 1\n|'],
])('functions: %s', (template, output) => expect(render(template)).toEqual(output));

test.each([
  ['"%5d|%-5d|%05d|%+d|%x|%X|%o|%b" 42 42 42 42 255 255 8 5', '   42|42   |00042|+42|ff|FF|10|101'],
  [
    '"%08.3f|%6.2f|%f|%e|%g|%v" 3.14159 2.5 1.0 123456.789 0.00001 1.5',
    '0003.142|  2.50|1.000000|1.234568e+05|1e-05|1.5',
  ],
  ['"% d|%#x|%#o|%#v|%6.3v|" 5 255 8 "s" 3.14159', ' 5|0xff|010|"s"|  3.14|'],
  ['"%06d %*d" -42 5 42', '-00042    42'],
  ['"%t %v %s" true nil nil', 'true <nil> %!s(<nil>)'],
  ['"%q %q" "a\\tb\\"c" `x\\n`', '"a\\tb\\"c" "x\\\\n"'],
  ['"%10s|%-10s|%.2s|%5.1s|" "abc" "abc" "abc" "abc"', '       abc|abc       |ab|    a|'],
  ['"%c%c|%U" 65 \'é\' 233', 'Aé|U+00E9'],
  ['"%x %X" "hello" "hi"', '68656c6c6f 6869'],
  ['"%T %T %T %T" 1 "a" true 1.5', 'int string bool float64'],
  ['"%s %q" .Names .Names', '[a b c] ["a" "b" "c"]'],
  ['"%s|%d|%z" 5 "x" 1', '%!s(int=5)|%!d(string=x)|%!z(int=1)'],
  ['"%d|%%"', '%!d(MISSING)|%'],
  ['"%d" 1 2', '1%!(EXTRA int=2)'],
  ['"%99999999d" 1', '%!(BADWIDTH)%!(EXTRA int=1)'],
])('printf %s', (words, output) => expect(render(`{{printf ${words}}}`)).toBe(output));

test.each([
  ['{{.Nope}}', '1:3: there is no field Nope, only Name, Size, Half, '],
  ['x\n {{.State.Nope}}', '2:10: there is no field Nope in .State, only Status, Pid'],
  ['{{.Name.Nope}}', '1:8: there is no field Nope in .Name, which is a string'],
  ['{{.Nothing.Nope}}', '1:11: there is no field Nope in .Nothing, which is nil'],
  ['{{.constructor}}', '1:3: there is no field constructor'],
  ['{{.Name "x"}}', '1:3: .Name takes no arguments'],
  ['{{.Name', '1:1: the action does not end with }}'],
  ['{{"abc}}', '1:3: the quote " is not closed'],
  ["{{'ab'}}", "1:3: 'ab' is no char"],
  ['{{"\\z"}}', '1:3: "\\z" is no string'],
  ['{{12x}}', '1:3: 12x is no number'],
  ['{{%}}', '1:3: "%" means nothing here'],
  ['{{/* c }}', '1:1: a comment does not end'],
  ['{{}}', '1:3: a value is missing'],
  ['{{nil}}', '1:3: nil is no command'],
  ['{{1 | 2}}', '1:7: what follows | must be a function'],
  ['{{1 2}}', '1:5: only a function takes arguments'],
  ['{{foo}}', '1:3: there is no function foo'],
  ['{{constructor}}', '1:3: there is no function constructor'],
  ['{{$y}}', '1:3: there is no variable $y'],
  ['{{if true}}{{$x := 1}}{{end}}{{$x}}', '1:32: there is no variable $x'],
  ['{{$x, $y := 1}}', '1:3: only as many variables'],
  ['{{(1}}', '1:5: a parenthesis is not closed'],
  ['{{1)}}', '1:4: ) is too much'],
  ['{{if true}}', '1:12: {{if}} has no {{end}}'],
  ['{{end}}', '{{end}} closes nothing'],
  ['{{if true}}a{{else}}b{{else}}c{{end}}', '{{if}} has a second {{else}}'],
  ['{{break}}', '{{break}} stands outside {{range}}'],
  ['{{range "abc"}}{{end}}', 'range cannot go through a string'],
  ['{{template "none"}}', 'there is no template "none"'],
  ['{{upper 3}}', 'upper: integer where a string is wanted'],
  ['{{upper}}', 'upper takes 1 argument, not 0'],
  ['{{index .Names 7}}', 'index: the index 7 is out of range'],
  ['{{slice "abc" 2 9}}', 'slice: the index 9 is out of range'],
  ['{{eq 1 "a"}}', 'eq: integer and string cannot be compared'],
  ['{{len 3}}', 'len: integer has no length'],
])('%s is refused with its place', (template, message) => {
  expect(() => render(template)).toThrow(message);
  expect(() => render(template)).toThrow(/^the template of --format fails at \d+:\d+: [^\n]+$/);
});

test.each([
  '{{define "r"}}{{template "r"}}{{end}}{{template "r"}}',
  '{{range 99999999999}}{{end}}',
  '{{$x := "abc"}}{{range 100}}{{$x = print $x $x}}{{end}}',
  '{{range 1000000}}{{printf "%9999d" .}}{{end}}',
  '{{if 1}}'.repeat(10_000),
  `{{${'('.repeat(10_000)}`,
  `{{if 1}}${'{{else if 1}}'.repeat(10_000)}{{end}}`,
])('%.60s… neither runs for ever nor fills the memory', (template) => {
  expect(() => render(template)).toThrow(/^the template of --format fails at /);
});
