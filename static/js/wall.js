// The wall screen moves on by itself to the next metric; a key press or click stays on the page.
const board = document.getElementById("wall-board");
if (board) {
  const turn = setTimeout(() => location.assign(board.dataset.wallNext), Number(board.dataset.wallSeconds) * 1000);
  for (const event of ["keydown", "pointerdown"]) addEventListener(event, () => clearTimeout(turn), { once: true });
}
