// The load test's terms in Chinese: a pattern of the English one, and what stands for it.

const first = (patterns) => (words) => {
  for (const [pattern, write] of patterns) {
    const found = pattern.exec(words);
    if (found) return write(...found.slice(1));
  }
  return words;
};

const loads = [
  [/^(\d+) users?$/, (users) => `${users} 个用户`],
  [/^(\d+)→(\d+) users?$/, (from, to) => `${from}→${to} 个用户`],
  [/^([\d.]+(?:→[\d.]+)?)\/s$/, (rate) => `每秒 ${rate} 次`],
  [/^before$/, () => "突增前"],
  [/^spike$/, () => "突增"],
  [/^after$/, () => "突增后"],
  [/^(.+), part (\d+)$/, (load, part) => `${inLoads(load)}，第 ${part} 段`],
];
const inLoads = first(loads);

const length = first([[/^until stopped$/, () => "直到停止"], [/^([\d.]+) s$/, (seconds) => `${seconds} 秒`]]);
const unit = { users: "个用户", "a second": "次每秒" };
const kinds = { ramp: "斜坡", spike: "突增", soak: "长稳", stages: "分段" };
const parts = (list) => list.replaceAll(/ for ([\d.]+) s/g, "（$1 秒）").replaceAll(", ", "、");

const shapes = [
  [/^steps ([\d., ]+) (users|a second), (.+) each$/, (list, of, each) => `逐级 ${list.replaceAll(", ", "、")} ${unit[of]}，每级 ${length(each)}`],
  [/^search for the highest load from (.+), (.+) a trial$/, (load, each) => `寻找最高负载，从${inLoads(load).startsWith("每") ? "" : " "}${inLoads(load)}起，每次试验 ${length(each)}`],
  [/^(ramp|spike|soak|stages): (.+) (users|a second)$/, (kind, list, of) => `${kinds[kind]}：${of === "users" ? "用户数" : "每秒次数"} ${parts(list)}`],
  [/^(.+), (until stopped|[\d.]+ s)$/, (load, time) => `${inLoads(load)}，${length(time)}`],
];

const waits = [
  [/^none$/, () => "无"],
  [/^([\d.]+(?:\.\.[\d.]+)?)s$/, (seconds) => `${seconds.replace("..", "～")} 秒`],
  [/^pacing ([\d.]+)s$/, (seconds) => `每 ${seconds} 秒一次`],
];

const checks = first([
  [/^picture damaged$/, () => "图片损坏"],
  [/^wrong picture size$/, () => "图片尺寸不对"],
  [/^not JSON$/, () => "不是 JSON"],
  [/^the answer is empty$/, () => "响应为空"],
  [/^(.+) is empty$/, (path) => `${path} 为空`],
  [/^(.+) is missing$/, (path) => `缺少 ${path}`],
  [/^(.+) is no picture$/, (path) => `${path} 不是图片`],
]);

const named = {
  "connection refused": "连接被拒绝", "connection closed": "连接被关闭", "connection reset": "连接被重置", "connect timed out": "连接超时",
  "timed out": "响应超时", "TLS failed": "TLS 失败", "malformed answer": "响应不是 HTTP", "answer too long": "响应过长", "other failures": "其他失败",
  "host not found": "找不到主机", "host unreachable": "无法到达主机", "no local port left": "本机端口用尽", "too many open files": "打开的文件过多",
  "certificate not trusted": "证书不受信任", "HTTP/2 not spoken": "对方不支持 HTTP/2", "closed without an answer": "连接在响应前关闭",
  "stream reset": "流被重置", "not done in time": "未按时完成", "job failed": "任务失败", "no link to follow": "没有可跟踪的链接",
};

const causes = [
  [/^status (\d+)$/, (status) => `状态码 ${status}`],
  [/^check "(.+)"$/, (what) => `检查未通过：${checks(what)}`],
  [/^(.+)$/, (name) => named[name] ?? name],
];

/// What the load test says of itself, of its target, and of a plan that can't be followed.
const sentences = [
  [/^step '(.+?)': (.+)$/, (load, rest) => `“${inLoads(load)}”一级：${sentenceInChinese(rest)}`],
  [/^the generator itself used (\d+) % of a core with (\w+) threads?/, (percent, threads) =>
    `压测程序自身用了单核的 ${percent}%（${threads === "one" ? 1 : threads} 个线程）；请增加线程（--generator-threads），或换一台专用机器`],
  [/^the generator was ([\d.]+) ms late/, (lag) => `压测程序每秒的最大调度延迟通常为 ${lag} 毫秒，CPU 时间不足；请为它保留一个空闲的核`],
  [/^(\d+) of (\d+) starts were dropped/, (dropped, all) =>
    `同时进行的请求过多，${all} 次请求中放弃了 ${dropped} 次，实际负载低于设定；请降低负载，或调高 --max-in-flight`],
  [/^Stage '(.+)' lasts ([\d.]+) s, of which ([\d.]+) s do not count/, (load, all, lost) =>
    `“${inLoads(load)}”一级共 ${all} 秒，其中 ${lost} 秒不计入（启动用户和预热），至少要留一秒用于测量。请延长时间，或减少不计入的部分。`],
  [/^Stage '(.+)' ended before anything of it counted\.$/, (load) => `“${inLoads(load)}”一级还没有计入任何数据就结束了。`],
  [/^The run was ended in stage '(.+)': (\S+) was broken for ([\d.]+) s\.$/, (load, objective, time) =>
    `运行在“${inLoads(load)}”一级提前结束：指标 ${objective} 已有 ${time} 秒未达标。`],
  [/^(\d+) requests were still under way at the end/, (number) => `结束时仍有 ${number} 个请求在进行，已中断，不计入任何数据。`],
  [/^The watched process (\d+) has ended\.$/, (pid) => `被监测的进程 ${pid} 已结束。`],
  [/^There is no process (\d+) to watch\.$/, (pid) => `没有可监测的进程 ${pid}。`],
  [/^The target's metrics could not be read: (.+)$/, (reason) => `无法读取目标的指标：${reason}`],
  [/^Nobody listens there\./, () => "该地址没有程序在监听。请确认服务正在运行且端口正确。"],
  [/^The name (?:(\S+) )?has no address\./, (name) => `域名 ${name ?? ""} 没有对应的地址，请检查是否写错。`],
  [/^No way leads to the address\.$/, () => "无法到达该地址。"],
  [/^The server's machine does not answer\.$|^The connection was not made within/, () => "对方没有响应，连接超时。"],
];
export const sentenceInChinese = (words) => first(sentences)(words ?? "");

export const termsZh = { loads, shapes, waits, causes, sentences };
