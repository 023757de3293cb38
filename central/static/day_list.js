// @ts-check
/** The printed day: a button that prints, where there is script for it. */

const button = document.getElementById("print");
if (button) {
  button.hidden = false;
  button.onclick = () => print();
}

export {};
