/**
 * The chat's script: sends the forms without leaving the page, asks for new messages, copies, and shows the bot's
 * short notes. What it cannot send it leaves to the form itself.
 */
export function buildChatScript({ bot, copied }: { readonly bot: string; readonly copied: string }): string {
  return `(function(d){var talk=d.getElementById('talk'),scroll=d.getElementById('scroll'),toast=d.getElementById('toast'),foot=d.querySelector('.foot'),version=talk.getAttribute('data-version'),lastNote=null,isFirst=true,timer;
function down(){scroll.scrollTop=scroll.scrollHeight}
function say(text){toast.textContent=text;clearTimeout(timer);timer=setTimeout(function(){toast.textContent=''},3500)}
function note(n){if(!n||n.id===lastNote)return;lastNote=n.id;if(isFirst)return;if(n.isAlert){d.getElementById('alert-text').textContent=n.text;d.getElementById('alert').showModal()}else say(n.text)}
function ask(){if(d.hidden)return Promise.resolve();return fetch('/try/chat/${bot}/messages',{headers:{accept:'application/json'}}).then(function(r){return r.ok?r.json():null}).then(function(j){if(!j)return;note(j.note);isFirst=false;if(j.version===version)return;version=j.version;var near=scroll.scrollHeight-scroll.scrollTop-scroll.clientHeight<160;talk.innerHTML=j.html;d.querySelectorAll('.intro').forEach(function(i){i.remove()});if(near)down()}).catch(function(){})}
function post(form){var button=form.querySelector('button');button.disabled=true;
fetch(form.action,{method:'POST',headers:{accept:'application/json'},body:new URLSearchParams(new FormData(form))}).then(function(r){if(!r.ok)throw r;return r.json()}).then(function(j){if(j.foot){foot.innerHTML=j.foot;history.replaceState(null,'',location.pathname);var t=foot.querySelector('input[name=text]');if(t&&matchMedia('(pointer:fine)').matches)t.focus()}else form.reset();return ask()}).then(down).catch(function(){form.submit()}).then(function(){button.disabled=false})}
d.addEventListener('submit',function(e){if(!e.target.classList.contains('act'))return;e.preventDefault();post(e.target)});
function copy(text){(navigator.clipboard?navigator.clipboard.writeText(text):Promise.reject()).catch(function(){var a=d.createElement('textarea');a.value=text;d.body.appendChild(a);a.select();d.execCommand('copy');a.remove()}).then(function(){say('${copied}')})}
d.addEventListener('click',function(e){var b=e.target.closest('[data-copy]');if(b)return copy(b.getAttribute('data-copy'));var c=e.target.closest('.words code');if(c)copy(c.textContent)});
down();addEventListener('load',down);talk.addEventListener('load',down,true);ask();setInterval(ask,900);d.addEventListener('visibilitychange',ask)})(document);`;
}
