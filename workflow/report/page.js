(function(){var d=document,R=d.documentElement;R.classList.add('hasjs');
var $=function(s,e){return [].slice.call((e||d).querySelectorAll(s))};
/* theme */
var t=d.getElementById('theme'),modes=['auto','light','dark'],get=function(){try{return localStorage.getItem('il6r-theme')||'auto'}catch(e){return 'auto'}};
function set(m){if(m==='auto')R.removeAttribute('data-theme');else R.setAttribute('data-theme',m);t.textContent='Theme: '+m;try{localStorage.setItem('il6r-theme',m)}catch(e){}}
set(get());t.onclick=function(){set(modes[(modes.indexOf(get())+1)%3])};
/* open all, open the target of a link, open for print */
var all=d.getElementById('all');all.onclick=function(){var o=all.textContent==='Open all';$('main details').forEach(function(x){x.open=o});all.textContent=o?'Close all':'Open all'};
function reveal(){var e=location.hash&&d.getElementById(decodeURIComponent(location.hash.slice(1)));if(!e)return;var x=e.closest('details');if(e.tagName==='DETAILS')e.open=true;while(x){x.open=true;x=x.parentElement.closest('details')}if(e.id==='glossary'){e.querySelector('details').open=true}e.scrollIntoView()}
addEventListener('hashchange',reveal);reveal();
var was=[];addEventListener('beforeprint',function(){was=$('main details:not([open])');was.forEach(function(x){x.open=true})});addEventListener('afterprint',function(){was.forEach(function(x){x.open=false})});
/* csv of every table */
function text(c){var t='';(function walk(n){[].forEach.call(n.childNodes,function(k){if(k.nodeType===3)t+=k.nodeValue;else if(k.nodeType===1&&k.namespaceURI.indexOf('svg')<0){t+=' ';walk(k);t+=' '}})})(c);return t.replace(/\s+/g,' ').trim()}
function save(name,body,type){var a=d.createElement('a');a.href=URL.createObjectURL(new Blob([body],{type:type}));a.download=name;a.click();setTimeout(function(){URL.revokeObjectURL(a.href)},2000)}
$('figure.tab').forEach(function(f){var tb=f.querySelector('table'),n=text(f.querySelector('figcaption b')).replace(/\W+/g,'_').toLowerCase().replace(/_$/,'');if(!tb)return;var b=d.createElement('button');b.type='button';b.className='btn csv';b.textContent='csv';b.setAttribute('aria-label','Download '+text(f.querySelector('figcaption b'))+' as csv');b.onclick=function(){var own=f.dataset.csv&&d.querySelector('a[download="'+f.dataset.csv+'"]');if(own){own.click();return}save(n+'.csv',$('tr',tb).filter(function(r){return !r.classList.contains('grp')&&!r.closest('tfoot')}).map(function(r){return $('th,td',r).map(function(c){return '"'+text(c).replace(/"/g,'""')+'"'}).join(',')}).join('\n')+'\n','text/csv')};f.appendChild(b)});
/* figures */
$('figure.fig').forEach(function(f){var im=f.querySelector('img'),c=f.querySelector('figcaption:last-of-type');if(!im)return;var a=d.createElement('a');a.className='btn';a.textContent='svg';a.download=f.id+'.svg';a.href=im.src;c.appendChild(d.createTextNode(' '));c.appendChild(a)});
/* sort */
function key(s){var m=s.replace(/\u2212/g,'-').replace(/,/g,'').match(/^[^\d+-]{0,8}([+-]?\d+(\.\d+)?(e[+-]?\d+)?)/);return m?+m[1]:null}
$('table.sortable').forEach(function(tb){var heads=$('thead th',tb);heads.forEach(function(h,i){var b=d.createElement('button');b.type='button';while(h.firstChild)b.appendChild(h.firstChild);h.appendChild(b);b.onclick=function(){var dir=h.getAttribute('aria-sort')==='ascending'?-1:1;heads.forEach(function(x){x.removeAttribute('aria-sort')});h.setAttribute('aria-sort',dir>0?'ascending':'descending');var body=tb.tBodies[0],rows=$('tr:not(.grp)',body);rows.sort(function(a,b){var x=text(a.children[i]),y=text(b.children[i]),p=key(x),q=key(y);return dir*(p!==null&&q!==null?p-q:x.localeCompare(y))});$('tr.grp',body).forEach(function(g){g.remove()});rows.forEach(function(r){body.appendChild(r)})}})});
/* filter findings */
$('#tally li').forEach(function(li){var b=d.createElement('button');b.type='button';b.setAttribute('aria-pressed','false');while(li.firstChild)b.appendChild(li.firstChild);li.appendChild(b);b.onclick=function(){var on=b.getAttribute('aria-pressed')!=='true';$('#tally button').forEach(function(x){x.setAttribute('aria-pressed','false')});b.setAttribute('aria-pressed',on);$('.sofT tbody tr[data-key]').forEach(function(r){r.hidden=on&&r.dataset.key!==li.dataset.key})}});
/* copy */
$('[data-copy]').forEach(function(b){b.onclick=function(){var s=text(d.getElementById(b.dataset.copy));(navigator.clipboard?navigator.clipboard.writeText(s):Promise.reject()).then(function(){b.textContent='Copied'},function(){var r=d.createRange();r.selectNodeContents(d.getElementById(b.dataset.copy));getSelection().removeAllRanges();getSelection().addRange(r);b.textContent='Selected: press copy'})}});
/* a phone opens the first claim only */
if(matchMedia('(max-width:46rem)').matches&&!location.hash)$('.claim[open]').slice(1).forEach(function(x){x.open=false});
/* where am I */
if('IntersectionObserver' in window){var links={};$('.side a').forEach(function(a){links[a.getAttribute('href').slice(1)]=a});var io=new IntersectionObserver(function(es){es.forEach(function(e){if(e.isIntersecting){$('.side a[aria-current]').forEach(function(a){a.removeAttribute('aria-current')});var a=links[e.target.id];if(a)a.setAttribute('aria-current','true')}})},{rootMargin:'-10% 0px -80% 0px'});$('main>section[id],main>header[id]').forEach(function(s){io.observe(s)})}
})();
