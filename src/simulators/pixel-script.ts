/** Where the simulated pixel sends what it sees. */
export const PIXEL_TARGET_PATH = '/try/meta/tr';

/**
 * The simulated `fbevents.js`: takes the calls that waited, makes `_fbp` and `_fbc` as Meta's does, and sends `init`
 * and `track` as the parameters of a picture, or of a form where an address would be too long. Written for the same
 * old browsers as the pages.
 */
export const PIXEL_SCRIPT_SOURCE = `(function(w,d){'use strict';
var f=w.fbq;if(!f||f.callMethod)return;
var pixels=[],waiting=[],revoked=false,secure=location.protocol==='https:'?';secure':'';
function read(n){var m=d.cookie.match('(?:^|; )'+n+'=([^;]*)');return m?decodeURIComponent(m[1]):''}
function keep(n,v){d.cookie=n+'='+v+';max-age=7776000;path=/;samesite=lax'+secure}
function cookies(){
if(!read('_fbp'))keep('_fbp','fb.1.'+Date.now()+'.'+Math.floor(1e9+Math.random()*9e9));
var m=location.search.match(/[?&]fbclid=([^&]+)/),id=m&&decodeURIComponent(m[1]),old=read('_fbc').split('.');
if(id&&old[3]!==id)keep('_fbc','fb.1.'+Date.now()+'.'+id)}
function send(pixel,name,data,options){
var p=[['id',pixel],['ev',name],['dl',location.href],['rl',d.referrer],['ts',Date.now()],['sw',screen.width],['sh',screen.height],['v','simulated'],['fbp',read('_fbp')],['fbc',read('_fbc')]],k;
if(options&&options.eventID)p.push(['eid',options.eventID]);
for(k in data||{})p.push(['cd['+k+']',typeof data[k]==='object'?JSON.stringify(data[k]):data[k]]);
var q=p.map(function(x){return encodeURIComponent(x[0])+'='+encodeURIComponent(x[1])}).join('&');
if(q.length<2000){new Image(1,1).src='${PIXEL_TARGET_PATH}?'+q+'&rqm=GET';return}
var form=new FormData();p.forEach(function(x){form.append(x[0],x[1])});form.append('rqm','sb');
if(!(navigator.sendBeacon&&navigator.sendBeacon('${PIXEL_TARGET_PATH}',new URLSearchParams(form))))fetch('${PIXEL_TARGET_PATH}',{method:'POST',body:new URLSearchParams(form),keepalive:true})}
function track(name,data,options){if(revoked){waiting.push([name,data,options]);return}cookies();pixels.forEach(function(p){send(p,name,data,options)})}
function one(pixel,name,data,options){if(revoked)return;cookies();send(pixel,name,data,options)}
var calls={
init:function(pixel){if(pixels.indexOf(String(pixel))<0)pixels.push(String(pixel))},
track:track,trackCustom:track,
trackSingle:one,trackSingleCustom:one,
consent:function(word){revoked=word==='revoke';if(!revoked)waiting.splice(0).forEach(function(c){track(c[0],c[1],c[2])})}};
f.callMethod=function(name){var call=calls[name];if(call)call.apply(null,[].slice.call(arguments,1))};
while(f.queue&&f.queue.length)f.callMethod.apply(f,f.queue.shift());
})(window,document);
`;
