function key(row, column) {
  const text = row.cells[column].textContent.trim();
  const number = /^\(?[+-]?[\d,]*\.?\d+/.exec(text);
  return { text: text, number: number ? parseFloat(number[0].replace(/[(,]/g, '')) : NaN };
}
function order(a, b, up) {
  if (!a.text || !b.text) return !a.text - !b.text;
  const both = !isNaN(a.number) && !isNaN(b.number);
  const found = both ? a.number - b.number : a.text.localeCompare(b.text, undefined, { numeric: true });
  return up ? found : -found;
}
document.querySelectorAll('th button').forEach(button => button.addEventListener('click', () => {
  const head = button.parentElement, up = head.getAttribute('aria-sort') !== 'ascending';
  head.parentElement.querySelectorAll('th').forEach(other => other.setAttribute('aria-sort', 'none'));
  head.setAttribute('aria-sort', up ? 'ascending' : 'descending');
  const body = head.closest('table').tBodies[0], rows = Array.from(body.rows);
  rows.sort((a, b) => order(key(a, head.cellIndex), key(b, head.cellIndex), up));
  body.append(...rows);
}));
window.addEventListener('beforeprint', () => document.querySelectorAll('details').forEach(part => part.open = true));
