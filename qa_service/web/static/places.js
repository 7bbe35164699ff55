// Places in what was said: characters of a turn's text to what the browser shows, and back.
"use strict";

(() => {
  /** Pieces of text of a turn with their first character. */
  function* pieces(turn) {
    const walker = document.createTreeWalker(turn.querySelector("p"), NodeFilter.SHOW_TEXT);
    let at = 0;
    while (walker.nextNode()) {
      yield [walker.currentNode, at];
      at += walker.currentNode.length;
    }
  }

  /** Characters ``from`` to ``to`` of a turn, as the browser's own marking of text wants them. */
  window.qaRange = (turn, from, to) => {
    const place = { startContainer: null, startOffset: 0, endContainer: null, endOffset: 0 };
    for (const [node, at] of pieces(turn)) {
      if (place.startContainer === null && from < at + node.length) Object.assign(place, { startContainer: node, startOffset: Math.max(0, from - at) });
      if (to <= at + node.length || !place.endContainer) Object.assign(place, { endContainer: node, endOffset: Math.min(node.length, Math.max(0, to - at)) });
      if (to <= at + node.length) break;
    }
    return place.startContainer === null ? document.createRange() : new StaticRange(place);
  };

  /** Which character of its turn a place in a node is. */
  window.qaOffset = (turn, node, offset) => {
    for (const [one, at] of pieces(turn)) if (one === node) return at + offset;
    const range = document.createRange();
    range.selectNodeContents(turn.querySelector("p"));
    range.setEnd(node, offset);
    return String(range).length;
  };

  /** What is selected of what was said: turns with the words of each. */
  window.qaSelected = () => {
    const selection = window.getSelection();
    if (!selection.rangeCount || selection.isCollapsed) return [];
    const range = selection.getRangeAt(0);
    return [...document.querySelectorAll(".turn")].flatMap((turn) => {
      const words = turn.querySelector("p");
      if (!range.intersectsNode(words)) return [];
      const inside = range.cloneRange();
      if (!words.contains(range.startContainer)) inside.setStart(words, 0);
      if (!words.contains(range.endContainer)) inside.setEnd(words, words.childNodes.length);
      const quote = String(inside).trim();
      return quote ? [{ turn: Number(turn.id.slice(2)), quote }] : [];
    });
  };
})();
