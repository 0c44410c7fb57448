// The texts that all consoles share; each adds its own. A key means the same in both languages; functions fill in values.

const en = {
  language: "Language",
  signInTitle: "Sign in",
  token: "Token",
  signIn: "Sign in",
  signOut: "Sign out",
  highest: (value) => `highest ${value}`,
  units: { d: "d", h: "h", min: "min", s: "s" },
};

const zh = {
  language: "语言",
  signInTitle: "登录",
  token: "令牌",
  signIn: "登录",
  signOut: "退出",
  highest: (value) => `最高 ${value}`,
  units: { d: "天", h: "小时", min: "分", s: "秒" },
};

/// Messages for the server's error codes. The server's own messages are in English and meant for programs.
const refusalsEn = {
  unreachable: "The server cannot be reached. Check that it is running, and try again.",
  broken: "An error occurred in this page. Reload it and try again.",
  wrong_host: "The console does not answer to the host name in the address bar. Open it as http://127.0.0.1 with its port.",
  token_missing: "The console requires its token. Reload the page and sign in.",
  token_wrong: "The token is no longer valid. Reload the page and sign in.",
  cross_site: "The browser reports that another page sent this request. Open the console in its own window and try again.",
  overloaded: "Too many consoles are open. Close one of them.",
  unknown_path: "The server does not know this page's request. It may have been updated; reload the page.",
  wrong_method: "The server does not know this page's request. It may have been updated; reload the page.",
  internal: "An internal error occurred in the server. See its log, or try again.",
  unknown: (status, sentence) => sentence ?? `The server rejected the request (status ${status}). Reload the page and try again.`,
};

const refusalsZh = {
  unreachable: "无法连接服务器。请确认它仍在运行，然后重试。",
  broken: "页面出错，请刷新后重试。",
  wrong_host: "控制台不接受地址栏中的主机名，请用 http://127.0.0.1 加端口打开。",
  token_missing: "控制台需要令牌，请刷新页面并登录。",
  token_wrong: "令牌已失效，请刷新页面并重新登录。",
  cross_site: "浏览器报告该请求来自其他页面。请在单独的窗口中打开控制台后重试。",
  overloaded: "同时打开的控制台页面太多，请关闭其中一个。",
  unknown_path: "服务器无法识别此页面的请求，可能已更新，请刷新页面。",
  wrong_method: "服务器无法识别此页面的请求，可能已更新，请刷新页面。",
  internal: "服务器内部错误，详见服务器日志，请重试。",
  unknown: (status) => `服务器拒绝了该请求（状态码 ${status}），请刷新页面后重试。`,
};

/// A console's texts: the shared ones, its own, and its own messages for error codes.
export const withShared = (own) => ({
  en: { ...en, ...own.en, refusals: { ...refusalsEn, ...own.en.refusals } },
  zh: { ...zh, ...own.zh, refusals: { ...refusalsZh, ...own.zh.refusals } },
});
