// The words that scripts say, in the page's language; written into the page by {% page_words %}.
export const words = JSON.parse(document.getElementById("words")?.textContent ?? "{}");
export const isChinese = (words.language ?? document.documentElement.lang).toLowerCase().startsWith("zh");
